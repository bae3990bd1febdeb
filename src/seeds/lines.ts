import { StringDecoder } from 'node:string_decoder';

/** One line without its end; `text` is null for a line longer than the limit, which is skipped, not kept in memory. */
export interface Line {
  /** From 1. */
  number: number;
  text: string | null;
}

/** Bytes to lines, with memory bounded by `maxLength` characters whatever the input holds. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxLength: number): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let tooLong = false;
  let number = 0;
  for await (const chunk of chunks) {
    const parts = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)).split('\n');
    for (const [i, part] of parts.entries()) {
      rest += part;
      if (rest.length > maxLength) {
        tooLong = true;
        rest = '';
      }
      if (i === parts.length - 1) break;
      number++;
      yield { number, text: tooLong ? null : rest };
      rest = '';
      tooLong = false;
    }
  }
  rest += decoder.end();
  if (rest.length > maxLength) tooLong = true;
  if (rest !== '' || tooLong) yield { number: number + 1, text: tooLong ? null : rest };
}
