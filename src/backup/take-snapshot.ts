/** A snapshot of a data folder that may be in use: one moment of its database, proved, in one file. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256OfFile } from '../durable-files.ts';
import { readChoice } from '../models/model-choice.ts';
import { copyDatabase, proveDatabase } from '../papers/database-file.ts';
import type { DataFolder } from './data-folder.ts';
import { writeSnapshotFile } from './snapshot-file.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

export interface SnapshotReport extends Pick<SnapshotHeader, 'papers' | 'revision' | 'createdAt' | 'model'> {
  file: string;
  sizeBytes: number;
}

export interface SnapshotOptions {
  /** Version of the program, for the header. */
  program: string;
  signal: AbortSignal;
}

/**
 * Takes as much room beside `file` as the database and the snapshot have together. The copy is proved before it is packed:
 * a damaged database is found out today, not on the day of the restore.
 * @throws AppError `store_invalid` when the database is damaged; `file` is as it was whenever this throws.
 */
export async function takeSnapshot(
  { dataDir, database }: DataFolder,
  file: string,
  { program, signal }: SnapshotOptions,
): Promise<SnapshotReport> {
  const workspace = await mkdtemp(join(dirname(file), '.paperkin-snapshot-'));
  try {
    const copy = join(workspace, 'paperkin.db');
    const createdAt = new Date().toISOString();
    await copyDatabase(database, copy, signal);
    const facts = proveDatabase(copy);
    const model = (await readChoice(dataDir)) ?? null;
    const { size } = await stat(copy);
    const header = { program, createdAt, ...facts, model, sizeBytes: size, sha256: await sha256OfFile(copy) };
    const { sizeBytes } = await writeSnapshotFile(file, copy, header, signal);
    return { file, papers: facts.papers, revision: facts.revision, createdAt, model, sizeBytes };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
