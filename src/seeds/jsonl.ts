/** Papers as JSON lines, from a file, standard input or a request's body. */
import { draftFromInput, paperInputSchema } from '../paper.ts';
import { readLines } from './lines.ts';
import type { SeedRecord } from './seed-record.ts';

/** Longest line, characters: the largest valid paper is far below. */
export const MAX_LINE_LENGTH = 1_000_000;

/** Every non-empty line becomes a record; a bad one says why and reading goes on. */
export async function* readJsonl(file: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SeedRecord> {
  for await (const { number: line, text } of readLines(bytes, MAX_LINE_LENGTH)) {
    if (text === null) {
      yield { ok: false, file, line, message: `the line is longer than ${MAX_LINE_LENGTH} characters` };
    } else if (text.trim() !== '') {
      yield parseLine(file, line, text);
    }
  }
}

function parseLine(file: string, line: number, text: string): SeedRecord {
  let json: unknown;
  try {
    // A byte order mark may stand before the first line.
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { ok: false, file, line, message: 'not valid JSON' };
  }
  const parsed = paperInputSchema.safeParse(json);
  if (parsed.success) return { ok: true, file, line, paper: draftFromInput(parsed.data) };
  const message = parsed.error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
  return { ok: false, file, line, message };
}
