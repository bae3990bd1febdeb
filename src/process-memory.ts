import { readFile } from 'node:fs/promises';

/** Resident memory of processes together, from Linux's proc(5); null elsewhere. One that has just ended counts nothing. */
export async function residentBytes(pids: readonly number[]): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const sizes = await Promise.all(
    pids.map(async (pid) => residentKilobytes(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))),
  );
  return sizes.reduce((sum, size) => sum + size, 0) * 1_024;
}

function residentKilobytes(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
