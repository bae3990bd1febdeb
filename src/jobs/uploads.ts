/** Files that came with a request or on standard input: kept in the data folder until the job that reads them has succeeded. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { syncPath } from '../durable-files.ts';

/** The name is ours: nothing of a request is part of a path. */
export async function keepUpload(dataDir: string, stream: Readable): Promise<string> {
  const folder = join(dataDir, 'uploads');
  await mkdir(folder, { recursive: true });
  const file = join(folder, randomBytes(12).toString('hex'));
  try {
    await pipeline(stream, createWriteStream(file, { flags: 'wx' }));
    await syncPath(file);
    await syncPath(folder);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return file;
}

export async function removeUploads(files: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true });
}
