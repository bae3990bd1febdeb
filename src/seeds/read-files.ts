/** Files of any known format as one stream of records. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PassThrough, pipeline, type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError, messageOf } from '../errors.ts';
import { type DailyPapersRow, parseDailyPapers } from './daily-papers.ts';
import { readJsonl } from './jsonl.ts';
import { mergePages } from './seed-corpus.ts';
import type { SeedRecord } from './seed-record.ts';

export const FORMATS = ['jsonl', 'daily-papers'] as const;
export type Format = (typeof FORMATS)[number];

/** The name that stands for standard input. */
export const STDIN = '-';

export interface ReadFilesOptions {
  format: Format;
  stdin: Readable;
  /** Called with the bytes read from disk so far, over all files. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** A file that cannot be opened or read to its end gives one bad record, and the next file is read. */
export async function* readFiles(files: readonly string[], options: ReadFilesOptions): AsyncGenerator<SeedRecord> {
  let bytesRead = 0;
  const count = (bytes: number) => {
    bytesRead += bytes;
    options.onBytes?.(bytesRead);
  };
  if (options.format === 'daily-papers') {
    yield* readPages(files, count);
    return;
  }
  for (const file of files) {
    try {
      yield* readJsonl(file, openBytes(file, options.stdin, count));
    } catch (error) {
      yield { ok: false, file, line: 0, message: `cannot be read: ${messageOf(error)}` };
    }
  }
}

function openBytes(file: string, stdin: Readable, count: (bytes: number) => void): Readable {
  if (file === STDIN) return stdin;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      count(chunk.length);
      done(null, chunk);
    },
  });
  const last = file.endsWith('.gz') ? createGunzip() : new PassThrough();
  // A fault anywhere destroys `last` with it, where the reader of the lines meets it.
  pipeline(createReadStream(file), counter, last, () => undefined);
  return last;
}

/** Pages are small and know different things of one paper: they are read together and merged. */
async function* readPages(files: readonly string[], count: (bytes: number) => void): AsyncGenerator<SeedRecord> {
  const pages: { page: string; file: string; rows: DailyPapersRow[] }[] = [];
  for (const file of files) {
    try {
      const text = await readFile(file, 'utf8');
      count(Buffer.byteLength(text));
      pages.push({ page: basename(file), file, rows: parseDailyPapers(file, text) });
    } catch (error) {
      const line = error instanceof AppError ? Number(/:(\d+): /.exec(error.message)?.[1] ?? 0) : 0;
      yield { ok: false, file, line, message: messageOf(error) };
    }
  }
  for (const { line, appearances, ...paper } of mergePages(pages)) {
    const file = pages.find(({ page }) => page === appearances[0]?.page)?.file ?? '';
    yield { ok: true, file, line, paper };
  }
}
