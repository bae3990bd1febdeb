/** Writes a database into one snapshot file, proves such a file byte for byte, and unpacks it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { replaceFile } from '../durable-files.ts';
import { AppError, messageOf } from '../errors.ts';
import { headerSchema, parseSeal, SEAL_LENGTH, type SnapshotHeader, sealText } from './snapshot-header.ts';

/** Longest line of JSON that is looked for, bytes: a header has some hundred. */
const MAX_HEADER_LENGTH = 64 * 1_024;

/** A snapshot that has been proved. */
export interface ProvenSnapshot {
  header: SnapshotHeader;
  /** Where in the file the gzipped database begins. */
  databaseAt: number;
}

/** Replaces `file` in one step by a snapshot of the database file, whose size and checksum the header has. */
export async function writeSnapshotFile(
  file: string,
  database: string,
  header: SnapshotHeader,
  signal: AbortSignal,
): Promise<{ sizeBytes: number }> {
  let sizeBytes = 0;
  await replaceFile(file, async (handle) => {
    // The seal is known last and stands first.
    await handle.write(Buffer.alloc(SEAL_LENGTH));
    const rest = digest();
    rest.meter.write(`${JSON.stringify(header)}\n`);
    await pipeline(createReadStream(database), createGzip(), rest.meter, (chunks) => writeFile(handle, chunks), { signal });
    sizeBytes = SEAL_LENGTH + rest.result().sizeBytes;
    await handle.write(sealText({ sha256: rest.result().sha256, sizeBytes }), 0);
  });
  return { sizeBytes };
}

/**
 * Reads the whole file and changes nothing.
 * @throws AppError `snapshot_invalid` that says what is wrong, `invalid_input` when there is no such file.
 */
export async function proveSnapshotFile(file: string, signal: AbortSignal): Promise<ProvenSnapshot> {
  const handle = await openSnapshot(file);
  try {
    const seal = parseSeal(file, (await readAt(handle, 0, SEAL_LENGTH)).toString('latin1'));
    const { size } = await handle.stat();
    if (size < seal.sizeBytes) throw notWhole(file, `it ends after ${size} of ${seal.sizeBytes} bytes`);
    if (size > seal.sizeBytes) throw notWhole(file, `it has ${size} bytes, ${seal.sizeBytes} were written`);
    const rest = createHash('sha256');
    await pipeline(createReadStream(file, { start: SEAL_LENGTH }), rest, { signal });
    const sha256 = rest.digest('hex');
    if (sha256 !== seal.sha256) throw notWhole(file, `its checksum is ${sha256}, it was written with ${seal.sha256}`);
    return await readHeader(file, handle);
  } finally {
    await handle.close();
  }
}

/** @throws AppError `snapshot_invalid` when what comes out is not what the header says; nothing stays in `to` then. */
export async function unpackDatabase(file: string, snapshot: ProvenSnapshot, to: string, signal: AbortSignal): Promise<void> {
  const { header, databaseAt } = snapshot;
  const unpacked = digest({ maxBytes: header.sizeBytes });
  await replaceFile(to, async (handle) => {
    const source = createReadStream(file, { start: databaseAt });
    try {
      await pipeline(source, createGunzip(), unpacked.meter, (chunks) => writeFile(handle, chunks), { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (isDiskFault(error)) throw error;
      throw notWhole(file, `its database cannot be unpacked: ${messageOf(error)}`, error);
    }
    const { sha256, sizeBytes } = unpacked.result();
    if (sizeBytes !== header.sizeBytes || sha256 !== header.sha256) {
      throw notWhole(
        file,
        `its database has ${sizeBytes} bytes and checksum ${sha256}, not ${header.sizeBytes} and ${header.sha256}`,
      );
    }
  });
}

async function readHeader(file: string, handle: FileHandle): Promise<ProvenSnapshot> {
  const start = await readAt(handle, SEAL_LENGTH, MAX_HEADER_LENGTH);
  const end = start.indexOf('\n');
  if (end < 0) throw notWhole(file, 'it has no header');
  try {
    const header = headerSchema.parse(JSON.parse(start.subarray(0, end).toString('utf8')));
    return { header, databaseAt: SEAL_LENGTH + end + 1 };
  } catch (error) {
    throw notWhole(file, `its header cannot be read: ${messageOf(error)}`, error);
  }
}

async function openSnapshot(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    throw new AppError('invalid_input', `cannot open ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Passes bytes on, counted and hashed. @throws when more than `maxBytes` come. */
function digest({ maxBytes = Number.POSITIVE_INFINITY } = {}) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(sizeBytes > maxBytes ? new Error(`it has more than ${maxBytes} bytes`) : null, chunk);
    },
  });
  return { meter, result: () => ({ sha256: hash.copy().digest('hex'), sizeBytes }) };
}

function notWhole(file: string, why: string, cause?: unknown): AppError {
  return new AppError('snapshot_invalid', `${file} is no whole snapshot: ${why}`, { cause });
}

/** A full or broken disk is no fault of the snapshot. */
function isDiskFault(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
