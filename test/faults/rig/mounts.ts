/** Small file systems in memory that can be filled up and made read-only; root's alone to make. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Mounts {
  /** Why none can be made here, or null. */
  unavailable(folder: string): Promise<string | null>;
  mount(folder: string, sizeBytes: number): Promise<void>;
  setReadOnly(folder: string, mode: 'ro' | 'rw'): Promise<void>;
  remove(folder: string): Promise<void>;
  removeAll(): Promise<void>;
}

export function createMounts(): Mounts {
  const mounted = new Set<string>();
  const mounts: Mounts = {
    async unavailable(folder) {
      if (process.getuid?.() !== 0) return 'only root can mount a file system';
      try {
        await mounts.mount(folder, 1 << 20);
        await mounts.remove(folder);
        return null;
      } catch (error) {
        return `no file system can be mounted: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    async mount(folder, sizeBytes) {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder]);
      mounted.add(folder);
    },
    async setReadOnly(folder, mode) {
      await run('mount', ['-o', `remount,${mode}`, folder]);
    },
    async remove(folder) {
      await run('umount', [folder]);
      mounted.delete(folder);
    },
    async removeAll() {
      // A process that was just killed may hold it for a moment: then it goes when the last file is closed.
      for (const folder of mounted) await run('umount', ['--lazy', folder]);
      mounted.clear();
    },
  };
  return mounts;
}
