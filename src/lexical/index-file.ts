/**
 * An inverted index as a file: a checksum over all that follows it, one line of JSON that says what it holds, and the arrays in a
 * row, as they are in memory. Written beside work that goes on, and never seen half written.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { replaceFile } from '../durable-files.ts';
import { AppError, messageOf } from '../errors.ts';
import { parseJson } from '../parse-json.ts';
import type { IndexContent } from './inverted-index.ts';
import { arraysOf, emptySegment, type SegmentContent } from './segment.ts';

const SUM_BYTES = 32;
/** Bytes that are written, and hashed, at a time: a millisecond of the thread. */
const CHUNK_BYTES = 1_048_576;
const MAX_HEADER_BYTES = 1_048_576;

const lengthsSchema = z.array(z.int().min(0));
const headerSchema = z.object({
  format: z.literal('paperkin-terms-1'),
  endianness: z.literal(endianness()),
  /** Names all that shapes terms and frequencies. */
  made: z.string(),
  /** Lengths of the arrays, in elements: of the table of terms, and of each segment. */
  terms: lengthsSchema.length(2),
  segments: z.array(lengthsSchema.length(13)),
});
type Header = z.infer<typeof headerSchema>;

/** @param made names all that shapes terms and frequencies; `readIndex` asks for the same. @throws what the disk says. */
export async function writeIndex(file: string, { terms, segments }: IndexContent, made: string): Promise<void> {
  const arrays = [terms.bytes, terms.ends, ...segments.flatMap(arraysOf)];
  const header: Header = {
    format: 'paperkin-terms-1',
    endianness: endianness(),
    made,
    terms: [terms.bytes.length, terms.ends.length],
    segments: segments.map((segment) => arraysOf(segment).map(({ length }) => length)),
  };
  await removeUnfinished(file);
  await replaceFile(file, async (handle) => {
    const hash = createHash('sha256');
    let position = SUM_BYTES;
    for (const { buffer, byteOffset, byteLength } of [Buffer.from(`${JSON.stringify(header)}\n`), ...arrays]) {
      for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
        const chunk = new Uint8Array(buffer, byteOffset + at, Math.min(CHUNK_BYTES, byteLength - at));
        hash.update(chunk);
        await handle.write(chunk, 0, chunk.length, position);
        position += chunk.length;
      }
    }
    await handle.write(hash.digest(), 0, SUM_BYTES, 0);
  });
}

/** What a process that was killed while it wrote has left; one process at a time writes the file. */
async function removeUnfinished(file: string): Promise<void> {
  const [folder, name] = [dirname(file), basename(file)];
  const left = (await readdir(folder)).filter((other) => other.startsWith(`${name}.`) && other.endsWith('.tmp'));
  for (const other of left) await rm(join(folder, other), { force: true });
}

/**
 * Undefined where there is no such file, or one of another `made`.
 * @throws AppError `store_invalid` when it is not what was written.
 */
export async function readIndex(file: string, made: string): Promise<IndexContent | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw damaged(file, messageOf(error), error);
  }
  try {
    await prove(file, handle);
    return await readProven(file, handle, made);
  } finally {
    await handle.close();
  }
}

async function prove(file: string, handle: FileHandle): Promise<void> {
  const sum = Buffer.alloc(SUM_BYTES);
  await handle.read(sum, 0, SUM_BYTES, 0);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { start: SUM_BYTES }), hash);
  if (!hash.digest().equals(sum)) throw damaged(file, 'it is not what its checksum was made of');
}

async function readProven(file: string, handle: FileHandle, made: string): Promise<IndexContent | undefined> {
  const start = Buffer.alloc(MAX_HEADER_BYTES);
  const { bytesRead } = await handle.read(start, 0, MAX_HEADER_BYTES, SUM_BYTES);
  const end = start.subarray(0, bytesRead).indexOf('\n');
  const parsed = headerSchema.safeParse(parseJson(start.toString('utf8', 0, Math.max(0, end))));
  if (!parsed.success) throw damaged(file, 'another program wrote it', parsed.error);
  const header = parsed.data;
  if (header.made !== made) return undefined;

  let position = SUM_BYTES + end + 1;
  async function read<T extends Uint8Array | Uint16Array | Uint32Array>(array: T): Promise<T> {
    const { buffer, byteLength } = array;
    for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, byteLength - at);
      await handle.read(new Uint8Array(buffer, at, length), 0, length, position);
      position += length;
    }
    return array;
  }

  const [bytes = 0, ends = 0] = header.terms;
  const terms = { bytes: await read(new Uint8Array(bytes)), ends: await read(new Uint32Array(ends)) };
  const segments: SegmentContent[] = [];
  for (const lengths of header.segments) {
    const segment = emptySegment(lengths);
    for (const array of arraysOf(segment)) await read(array);
    segments.push(segment);
  }
  return { terms, segments };
}

function damaged(file: string, why: string, cause?: unknown): AppError {
  return new AppError('store_invalid', `${file} cannot be used: ${why}`, { cause });
}
