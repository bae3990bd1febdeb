/** Puts a snapshot's database in the place of a data folder's own, or leaves the folder as it was. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../durable-files.ts';
import { AppError, messageOf } from '../errors.ts';
import { forgetChoice, storeChoice } from '../models/model-choice.ts';
import { cancelUnfinishedJobs, describeDatabase, proveDatabase, retireDatabase } from '../papers/database-file.ts';
import { lockForWriting } from '../papers/writer-lock.ts';
import type { DataFolder } from './data-folder.ts';
import { proveSnapshotFile, unpackDatabase } from './snapshot-file.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

export interface RestoreOptions {
  /** Put it in the place of papers that are there. */
  replace: boolean;
  /** Stops as long as nothing has changed. */
  signal: AbortSignal;
}

export interface Restored extends SnapshotHeader {
  /** Ids of the jobs that had not ended at the moment of the snapshot. */
  canceledJobs: string[];
}

/** In the data folder, so that the database is moved, not copied, into its place. */
const STAGING_PREFIX = '.restoring-';

/**
 * Reads the file to its end before the folder is touched, and proves the database before it takes its place. The graph of the
 * restored papers is still to be built, from their stored vectors.
 * @throws AppError `snapshot_invalid` when the file is not whole, `invalid_input` when the folder holds papers and `replace`
 * is false, `data_folder_in_use` or `store_invalid` when another process uses it.
 */
export async function restoreSnapshot(file: string, folder: DataFolder, { replace, signal }: RestoreOptions): Promise<Restored> {
  const snapshot = await proveSnapshotFile(file, signal);
  await mkdir(folder.dataDir, { recursive: true });
  return await whileNobodyWrites(folder, async () => {
    if (!replace) requireNoPapers(folder);
    await removeLeftovers(folder.dataDir);
    const staging = await mkdtemp(join(folder.dataDir, STAGING_PREFIX));
    try {
      const database = join(staging, 'paperkin.db');
      await unpackDatabase(file, snapshot, database, signal);
      proveRestored(file, snapshot.header, database);
      const canceledJobs = cancelUnfinishedJobs(database, whyCanceled(snapshot.header));
      signal.throwIfAborted();
      await putInPlace(database, snapshot.header, folder, staging);
      return { ...snapshot.header, canceledJobs };
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  });
}

/**
 * None may start by itself: where it runs on in the folder that the snapshot is of, it would be done twice, and an upload
 * that it reads, and removes at its end, is not in the snapshot.
 */
function whyCanceled({ createdAt }: SnapshotHeader): string {
  return `the data folder was restored from a snapshot of ${createdAt}, in which this job had not ended: ask for it again`;
}

/** @throws AppError `data_folder_in_use` when a service or another command writes the folder. */
async function whileNobodyWrites<T>({ dataDir }: DataFolder, work: () => Promise<T>): Promise<T> {
  const lock = lockForWriting(dataDir, 'command');
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** A database that cannot be read may hold papers as well as any. */
function requireNoPapers({ dataDir, database }: DataFolder): void {
  if (!existsSync(database)) return;
  let held: string;
  try {
    const { papers } = describeDatabase(database);
    if (papers === 0) return;
    held = `${papers} papers`;
  } catch (error) {
    held = `a database that cannot be read (${messageOf(error)})`;
  }
  throw new AppError('invalid_input', `${dataDir} holds ${held}: --replace puts the snapshot in their place`);
}

/** What a restore that was killed has left. */
async function removeLeftovers(dataDir: string): Promise<void> {
  const leftovers = (await readdir(dataDir)).filter((name) => name.startsWith(STAGING_PREFIX));
  for (const name of leftovers) await rm(join(dataDir, name), { recursive: true, force: true });
}

function proveRestored(file: string, header: SnapshotHeader, database: string): void {
  try {
    const { papers, revision, schemaVersion } = proveDatabase(database);
    if (papers === header.papers && revision === header.revision && schemaVersion === header.schemaVersion) return;
    throw new Error(`${papers} papers at revision ${revision}, the header says ${header.papers} at ${header.revision}`);
  } catch (error) {
    // The path of the unpacked copy, which is gone in a moment, would tell nobody anything.
    const why = messageOf(error).replace(database, 'it');
    throw new AppError('snapshot_invalid', `the database in ${file} cannot be used: ${why}`, { cause: error });
  }
}

/**
 * The database comes last: with it the restore is done, before it the old store is whole. The old generations go first, for one
 * of a higher revision than the restored store's would pass for holding all its changes. A crash in between costs a graph,
 * which is built again, and perhaps the choice of the model.
 */
async function putInPlace(database: string, header: SnapshotHeader, folder: DataFolder, staging: string): Promise<void> {
  retireDatabase(folder.database);
  // Moved away in one step: half a folder of generations is never seen.
  if (existsSync(folder.generations)) await rename(folder.generations, join(staging, 'generations'));
  if (header.model === null) await forgetChoice(folder.dataDir);
  else await storeChoice(folder.dataDir, header.model);
  // On the disk in this order too: the new database beside old generations is what must never be.
  await syncPath(folder.dataDir);
  await rename(database, folder.database);
  await syncPath(folder.dataDir);
}
