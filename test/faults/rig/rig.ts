/** What every fault works with: folders that go away, processes that are reaped, mounts that are removed. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMounts, type Mounts } from './mounts.ts';
import { createProcesses, type Processes } from './processes.ts';

export interface Rig {
  processes: Processes;
  mounts: Mounts;
  /** A new empty folder. */
  folder(name: string): Promise<string>;
  /** A new folder with everything that is in `from`. */
  copyOf(from: string, name: string): Promise<string>;
  /** Leaves nothing behind: no process, no mount, no file. */
  close(): Promise<void>;
}

export async function createRig(): Promise<Rig> {
  const root = await mkdtemp(join(tmpdir(), 'paperkin-faults-'));
  const processes = createProcesses();
  const mounts = createMounts();
  const folder = (name: string) => mkdtemp(join(root, `${name}-`));
  return {
    processes,
    mounts,
    folder,
    async copyOf(from, name) {
      const to = await folder(name);
      await cp(from, to, { recursive: true });
      return to;
    },
    async close() {
      await processes.killAll();
      await mounts.removeAll();
      await rm(root, { recursive: true, force: true });
    },
  };
}
