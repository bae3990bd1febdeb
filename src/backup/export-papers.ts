/** Every paper of a store as JSON lines, which `paperkin import` reads back into the very same papers. */
import { writeFile } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { replaceFile } from '../durable-files.ts';
import { readAllPapers } from '../papers/database-file.ts';

/** Characters written at once: a write for each paper would cost more than the paper. */
const CHUNK_LENGTH = 64 * 1_024;

/**
 * Writes one line a paper, in order of id, as the store was when it began, and gives their number. A file is replaced in
 * one step when it is whole, gzipped where its name ends in `.gz`; a stream is left open.
 */
export async function exportPapers(database: string, target: string | Writable, signal: AbortSignal): Promise<number> {
  let papers = 0;
  const lines = Readable.from(jsonLines(database, () => papers++));
  if (typeof target !== 'string') {
    await pipeline(lines, target, { signal, end: false });
  } else {
    await replaceFile(target, async (handle) => {
      const write = (chunks: AsyncIterable<Uint8Array>) => writeFile(handle, chunks);
      if (target.endsWith('.gz')) await pipeline(lines, createGzip(), write, { signal });
      else await pipeline(lines, write, { signal });
    });
  }
  return papers;
}

/** Null is written out: a field that is left out would be worked out by the import, as the number of authors is. */
function* jsonLines(database: string, onPaper: () => void): Generator<Buffer> {
  let chunk = '';
  for (const paper of readAllPapers(database)) {
    onPaper();
    chunk += `${JSON.stringify(paper)}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}
