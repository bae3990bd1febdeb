/** What went wrong with a write, told apart by who can mend it. */
import Database from 'better-sqlite3';
import { AppError } from '../errors.ts';

/** Result codes that the disk or the mount is to blame for: https://www.sqlite.org/rescode.html */
const OF_THE_DISK = /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN)/;
/** Somebody has to make room first: sooner is in vain. */
const RETRY_AFTER_S = 10;

/** `store_unwritable` where the disk does not take the write, else `error` as it is. The transaction was rolled back. */
export function writeFault(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError) || !OF_THE_DISK.test(error.code)) return error;
  return new AppError('store_unwritable', `the database cannot be written, nothing of this was stored: ${error.message}`, {
    retryAfterS: RETRY_AFTER_S,
    cause: error,
  });
}
