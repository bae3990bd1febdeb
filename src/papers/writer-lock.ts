/**
 * One process writes a data folder; any number read it. SQLite's lock on a file of its own says who: the operating
 * system gives it back when its holder ends, also by kill -9, so that no stale lock is left behind.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { AppError, messageOf } from '../errors.ts';
import { parseJson } from '../parse-json.ts';

const LOCK_FILE = 'writer.lock';
const HOLDER_FILE = 'writer.json';

/** `service` runs the jobs of the folder, `command` ends when its own work is done. */
const holderSchema = z.object({ pid: z.int(), role: z.enum(['service', 'command']) });
export type Holder = z.infer<typeof holderSchema>;
type WriterRole = Holder['role'];

/** One that only looks who holds the lock gives it back at once. */
const WAIT_MS = 500;

export interface WriterLock {
  release(): void;
}

/**
 * Takes the lock on an existing data folder.
 * @throws AppError `data_folder_in_use` that names the holder's pid, `store_invalid` when the folder cannot be written.
 */
export function lockForWriting(dataDir: string, role: WriterRole): WriterLock {
  const held = acquire(dataDir);
  if (held === undefined) throw inUse(dataDir);
  // After the lock, so that the file names its holder or the one before, never one that was refused.
  try {
    writeFileSync(join(dataDir, HOLDER_FILE), JSON.stringify({ pid: process.pid, role }));
  } catch (error) {
    held.close();
    throw new AppError('store_invalid', `cannot write in ${dataDir}: ${messageOf(error)}`, { cause: error });
  }
  return { release: () => held.close() };
}

/** Who holds the lock, as far as its file says; undefined when nobody does. */
export function writerOf(dataDir: string): Holder | undefined {
  if (!existsSync(dataDir)) return undefined;
  const held = acquire(dataDir);
  held?.close();
  return held === undefined ? readHolder(dataDir) : undefined;
}

/** Undefined when another process holds it, also after a wait for those that only look. */
function acquire(dataDir: string): Database.Database | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(join(dataDir, LOCK_FILE), { timeout: WAIT_MS });
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw new AppError('store_invalid', `cannot write in ${dataDir}: ${messageOf(error)}`, { cause: error });
  }
}

function inUse(dataDir: string): AppError {
  const { pid } = readHolder(dataDir) ?? { pid: 'unknown' };
  return new AppError('data_folder_in_use', `${dataDir} is written by the process ${pid}: stop it, or wait until it has ended`);
}

/** Undefined for a holder that has just begun and not yet written its name. */
function readHolder(dataDir: string): Holder | undefined {
  const file = join(dataDir, HOLDER_FILE);
  const parsed = holderSchema.safeParse(existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : undefined);
  return parsed.success ? parsed.data : undefined;
}
