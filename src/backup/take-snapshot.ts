/** A snapshot of a data folder that may be in use: one moment of its database, proved, in one file. */
import { existsSync, mkdtempSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256OfFile, syncPath } from '../durable-files.ts';
import { AppError } from '../errors.ts';
import { readChoice } from '../models/model-choice.ts';
import { copyDatabase, proveDatabase } from '../papers/database-file.ts';
import { lockForWriting, type WriterLock } from '../papers/writer-lock.ts';
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

/** Beside the target, so that the file is moved, not copied, into its place. */
const WORKSPACE_PREFIX = '.paperkin-snapshot-';

/**
 * Takes as much room beside `file` as the database and the snapshot have together. The copy is proved before it is packed:
 * a damaged database is found out today, not on the day of the restore.
 * @throws AppError `store_invalid` when the database is damaged, `invalid_input` when there is no folder for the file, or the
 * signal's reason. `file` is as it was whenever this throws, and nothing else is left.
 */
export async function takeSnapshot(
  { dataDir, database }: DataFolder,
  file: string,
  { program, signal }: SnapshotOptions,
): Promise<SnapshotReport> {
  const folder = dirname(file);
  if (!existsSync(folder)) throw new AppError('invalid_input', `there is no folder ${folder} to write ${file} into: make it first`);
  await removeLeftovers(folder);
  const workspace = openWorkspace(folder);
  try {
    const copy = join(workspace.path, 'paperkin.db');
    const createdAt = new Date().toISOString();
    await copyDatabase(database, copy, signal);
    const facts = proveDatabase(copy);
    const model = (await readChoice(dataDir)) ?? null;
    const { size } = await stat(copy);
    const header = { program, createdAt, ...facts, model, sizeBytes: size, sha256: await sha256OfFile(copy, signal) };
    const packed = join(workspace.path, 'packed');
    const { sizeBytes } = await writeSnapshotFile(packed, copy, header, signal);
    await rename(packed, file);
    await syncPath(folder);
    return { file, papers: facts.papers, revision: facts.revision, createdAt, model, sizeBytes };
  } finally {
    await rm(workspace.path, { recursive: true, force: true });
    workspace.lock.release();
  }
}

interface Workspace {
  path: string;
  /** Says that its process lives: other data folders may have their snapshots beside it, from other containers too. */
  lock: WriterLock;
}

function openWorkspace(folder: string): Workspace {
  for (;;) {
    const path = mkdtempSync(join(folder, WORKSPACE_PREFIX));
    try {
      return { path, lock: lockForWriting(path, 'command') };
    } catch (error) {
      // Gone: another process took it for a leftover in the moment before it was locked.
      if (existsSync(path)) throw error;
    }
  }
}

/** What snapshots that were killed have left. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(WORKSPACE_PREFIX));
  for (const path of names.map((name) => join(folder, name))) {
    const lock = lockOfLeftover(path);
    if (lock === undefined) continue;
    await rm(path, { recursive: true, force: true });
    lock.release();
  }
}

/** Undefined for a workspace that is in use, or another user's. */
function lockOfLeftover(path: string): WriterLock | undefined {
  try {
    return lockForWriting(path, 'command');
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
