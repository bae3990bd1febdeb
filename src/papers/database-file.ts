/** The database as a file: counted, read whole, copied while others write to it, proved, and made ready to be replaced. */
import { existsSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AppError, messageOf } from '../errors.ts';
import type { Paper } from '../paper.ts';
import { type PaperRow, paperFromRow } from './paper-row.ts';
import type { Revision } from './paper-store.ts';
import { SCHEMA_VERSION, schemaVersion } from './schema.ts';

export interface DatabaseFacts {
  papers: number;
  revision: Revision;
  schemaVersion: number;
}

/** Pages copied before a signal is looked at. */
const PAGES_A_STEP = 1_000;
/** Schema version that brought the table of jobs. */
const FIRST_WITH_JOBS = 3;
/** How long a lock of another process is waited for. */
const BUSY_TIMEOUT_MS = 10_000;
/** As long as somebody has the file open, waiting is of no use. */
const IN_USE_TIMEOUT_MS = 500;

/** @throws AppError `store_invalid` when it is no database of ours, or a newer program's. */
export function describeDatabase(file: string): DatabaseFacts {
  return withDatabase(file, (db) => factsOf(db, file));
}

/**
 * Reads every page: `PRAGMA integrity_check`, the full-text index included.
 * @throws AppError `store_invalid` that says what is wrong.
 */
export function proveDatabase(file: string): DatabaseFacts {
  return withDatabase(file, (db) => {
    const faults = db.prepare<[], string>('PRAGMA integrity_check(1)').pluck().all();
    if (faults.join() !== 'ok')
      throw new AppError('store_invalid', `${file} is damaged: ${faults.join('; ').replace(/\s+/g, ' ')}`);
    return factsOf(db, file);
  });
}

/**
 * Every paper in order of its id, compared as UTF-8 bytes; one at a time is in memory. One statement is one read
 * transaction: all papers are as they were when it began, whatever is written meanwhile.
 * @throws AppError `store_invalid` when it cannot be opened, or has the tables of another version of the program.
 */
export function* readAllPapers(file: string): Generator<Paper> {
  const db = openReadOnly(file);
  try {
    if (schemaVersion(db, file) < SCHEMA_VERSION) {
      throw new AppError('store_invalid', `${file} was written by an older program: "paperkin reindex" brings it up to date`);
    }
    for (const row of db.prepare<[], PaperRow>('SELECT * FROM papers ORDER BY id').iterate()) yield paperFromRow(row);
  } finally {
    db.close();
  }
}

/**
 * An exact copy of one moment, made by SQLite's online backup. The read transaction that is held meanwhile is what makes
 * it end: without one, each write of another process would start the copy again from its first page.
 * @param to a file that is not there yet.
 * @throws AppError `store_invalid`, or the signal's reason.
 */
export async function copyDatabase(file: string, to: string, signal: AbortSignal): Promise<void> {
  const db = openReadOnly(file);
  try {
    db.exec('BEGIN');
    // A transaction begins to see at its first read.
    factsOf(db, file);
    await db.backup(to, {
      progress() {
        signal.throwIfAborted();
        return PAGES_A_STEP;
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    throw new AppError('store_invalid', `cannot copy the database ${file}: ${messageOf(error)}`, { cause: error });
  } finally {
    db.close();
  }
}

/**
 * Cancels the jobs of a closed database that have not ended, and gives their ids. One of an older program is only looked
 * at: before schema version 3 there were no jobs.
 * @param reason kept with each as its error.
 */
export function cancelUnfinishedJobs(file: string, reason: string): string[] {
  const db = new Database(file);
  try {
    if (schemaVersion(db, file) < FIRST_WITH_JOBS) return [];
    return db
      .prepare<[string, string], string>(
        `UPDATE jobs SET state = 'canceled', cancel_requested = 0, finished_at = ?, error = ?
         WHERE state IN ('enqueued', 'processing') RETURNING id`,
      )
      .pluck()
      .all(new Date().toISOString(), reason);
  } finally {
    db.close();
  }
}

/**
 * Leaves a database without files beside it, so that another can be put in its place: a write-ahead log that stayed would
 * be played into the new one. Where it is damaged, its log goes unread. Nothing happens where there is none.
 * @throws AppError `store_invalid` when another process has it open; nothing has changed then.
 */
export function retireDatabase(file: string): void {
  if (existsSync(file)) {
    try {
      const db = new Database(file, { timeout: IN_USE_TIMEOUT_MS });
      try {
        // Writes the log into the file and removes it, which SQLite allows only to the last one who has it open.
        db.pragma('journal_mode = DELETE');
      } finally {
        db.close();
      }
    } catch (error) {
      const code = error instanceof Database.SqliteError ? error.code : '';
      if (code.startsWith('SQLITE_BUSY')) {
        throw new AppError('store_invalid', `${file} is in use by another process: stop it first`, { cause: error });
      }
      // Damaged past opening: what is replaced need not be whole.
      if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) {
        throw new AppError('store_invalid', `cannot close the database ${file}: ${messageOf(error)}`, { cause: error });
      }
    }
  }
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

function factsOf(db: Database.Database, file: string): DatabaseFacts {
  const version = schemaVersion(db, file);
  if (version === 0) throw new AppError('store_invalid', `${file} is no database of Paperkin`);
  const count = (sql: string) => Number(db.prepare(sql).pluck().get());
  return {
    papers: count('SELECT count(*) FROM papers'),
    revision: count(`SELECT value FROM meta WHERE key = 'revision'`),
    schemaVersion: version,
  };
}

function withDatabase<T>(file: string, work: (db: Database.Database) => T): T {
  const db = openReadOnly(file);
  try {
    return work(db);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('store_invalid', `cannot read the database ${file}: ${messageOf(error)}`, { cause: error });
  } finally {
    db.close();
  }
}

function openReadOnly(file: string): Database.Database {
  try {
    return new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw new AppError('store_invalid', `cannot open the database ${file}: ${messageOf(error)}`, { cause: error });
  }
}
