import type { z } from 'zod';
import type { Token } from '../../../embed/embedder.ts';
import type { tokenizeSchema } from './schemas.ts';

/** Places are counted in Unicode characters, and a token shows the text it came from. */
export function wireTokens(text: string, tokens: readonly Token[]): z.infer<typeof tokenizeSchema>[number] {
  const places = characterPlaces(text);
  return tokens.map(({ id, piece, special, span }) =>
    span === null
      ? { id, text: piece, special, start: null, stop: null }
      : {
          id,
          text: text.slice(span.start, span.end),
          special,
          start: places[span.start] ?? null,
          stop: places[span.end] ?? null,
        },
  );
}

/** For each code unit, and for the end: how many characters stand before it. */
function characterPlaces(text: string): number[] {
  const places: number[] = [];
  let count = 0;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) places.push(count);
    count++;
  }
  places.push(count);
  return places;
}
