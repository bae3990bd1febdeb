/** The sentences of a text, as places in it. */
import type { Span } from '../embed/embedder.ts';

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'sentence' });

/** A full stop after one of these, or after a single letter, rarely ends a sentence. */
const ABBREVIATION =
  /(?:^|[^\p{L}\p{N}])(?:e\.g|i\.e|c\.?f|vs|al|etc|resp|approx|ca|w\.r\.t|a\.k\.a|[Ff]igs?|[Ee]qs?|[Ss]ecs?|[Tt]abs?|[Rr]efs?|Nos?|Vol|Ch|App|Thm|Prof|Drs?|St|(?:\p{L}\.)*\p{Lu})\.$/u;

/** Characters at the end of a piece that an abbreviation is looked for in. */
const LONGEST_END = 12;

/** Shorter pieces are numbers of a list, headings, shouts: they go with what follows. */
const LEAST_LETTERS = 12;

/**
 * Splits as Unicode does (UAX 29, by ICU), then joins what abbreviations, formulas between dollars and fragments broke apart. Line
 * breaks end no sentence: abstracts come wrapped.
 * @returns in order, UTF-16 code units, without the white space around; together they hold every other character.
 */
export function sentencesOf(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  // Of the same length, so that places stay.
  for (const { index, segment } of SEGMENTER.segment(text.replace(/\s/g, ' '))) {
    const end = index + segment.length;
    if (goesOn(text.slice(start, end), text.slice(end))) continue;
    spans.push({ start, end });
    start = end;
  }
  const last = spans.at(-1);
  if (last !== undefined) last.end = text.length;
  else spans.push({ start: 0, end: text.length });
  return spans.map((span) => trimmed(text, span)).filter((span) => span.end > span.start);
}

function goesOn(piece: string, rest: string): boolean {
  if ((piece.match(/\p{L}/gu)?.length ?? 0) < LEAST_LETTERS || ABBREVIATION.test(piece.trimEnd().slice(-LONGEST_END))) return true;
  return opensFormula(piece) && rest.includes('$');
}

function opensFormula(piece: string): boolean {
  return (piece.match(/(?<!\\)\$/g)?.length ?? 0) % 2 === 1;
}

function trimmed(text: string, { start, end }: Span): Span {
  const piece = text.slice(start, end);
  return { start: start + piece.length - piece.trimStart().length, end: start + piece.trimEnd().length };
}
