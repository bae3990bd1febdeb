/** Who goes first on a machine with more work than cores, read from the kernel. */
import { readdir, readFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { copySeeded } from './support/seeded.ts';
import { endServer, startServer } from './support/server.ts';

it.runIf(process.platform === 'linux')('lets the event loop go before what computes for it', async () => {
  const dir = await copySeeded();
  const server = await startServer(dir.path);
  try {
    const { pid = 0 } = server.child;
    const behind = Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL);
    expect(getPriority(pid)).toBe(getPriority());
    // One thread for the index, one to read the store and one to write it.
    const threads = await readdir(`/proc/${pid}/task`);
    expect(
      threads.map((thread) => getPriority(Number(thread))).filter((priority) => priority === behind).length,
    ).toBeGreaterThanOrEqual(3);
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
    expect(children.map((child) => getPriority(child))).toEqual(children.map(() => behind));
  } finally {
    await endServer(server, 'SIGTERM');
    await dir.remove();
  }
});
