/** Half-written folders and pointers: whose they are, and when nobody will finish them. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const BUILDING_PREFIX = '.building-';
/** A folder being built names its process, as a file that `writeFileDurably` has not yet renamed does. */
const UNFINISHED = /^(?:\.building-.*-|.*\.json\.)(\d+)(?:\.tmp)?$/;
/** No generation takes so long to write: its owner's pid is another process's by now. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Where a generation is written until it is whole. */
export function buildingPath(root: string, id: string): string {
  return join(root, `${BUILDING_PREFIX}${id}-${process.pid}`);
}

/**
 * Removes what processes left that died on the way. A service and its job may write side by side: what a living process
 * has begun stays. Called before anything is written, because a full disk may be full of it.
 */
export async function removeAbandoned(root: string): Promise<void> {
  if (!existsSync(root)) return;
  const names = (await readdir(root)).filter((name) => name.startsWith(BUILDING_PREFIX) || UNFINISHED.test(name));
  for (const name of names) {
    if (await isAbandoned(root, name)) await rm(join(root, name), { recursive: true, force: true });
  }
}

async function isAbandoned(root: string, name: string): Promise<boolean> {
  const pid = Number(UNFINISHED.exec(name)?.[1] ?? 0);
  if (pid === 0 || (pid !== process.pid && !isAlive(pid))) return true;
  // Renamed meanwhile: it was finished.
  const { mtimeMs } = await stat(join(root, name)).catch(() => ({ mtimeMs: Date.now() }));
  // In a container every start has the same pid: what is older than this one is another's.
  if (pid === process.pid && mtimeMs < Date.now() - 1_000 * process.uptime()) return true;
  // Either way: the clock may have been set back.
  return Math.abs(Date.now() - mtimeMs) > ABANDONED_AFTER_MS;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: alive, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
