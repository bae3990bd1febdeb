/** Papers as JSON lines, from a file, standard input or a request's body. */
import { readJsonLines } from './json-lines.ts';
import type { SeedReader } from './seed-reader.ts';
import { recordOf, type SeedRecord } from './seed-record.ts';

/** Longest line, characters: a paper with 10,000 authors of a hundred letters fits, which other formats may have brought in. */
export const MAX_LINE_LENGTH = 16_000_000;

/** Every non-empty line becomes a record; a bad one says why and reading goes on. */
export async function* readJsonl(file: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SeedRecord> {
  for await (const item of readJsonLines(bytes, MAX_LINE_LENGTH)) {
    yield 'message' in item ? { ok: false, file, ...item } : recordOf(file, item.line, item.value);
  }
}

export const jsonlReader: SeedReader = {
  // A file without a word is one without papers.
  recognises: (head) => /^\s*(?:\{|$)/.test(head),
  read: readJsonl,
};
