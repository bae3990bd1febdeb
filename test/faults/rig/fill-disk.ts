/** Takes every byte that is left on a disk. */
import { open } from 'node:fs/promises';

/** Down to single pages. */
const BLOCKS_BYTES = [1 << 20, 1 << 12, 1];

export async function fillDisk(file: string): Promise<void> {
  const handle = await open(file, 'a');
  try {
    for (const size of BLOCKS_BYTES) while (await takes(() => handle.write(Buffer.alloc(size))));
  } finally {
    await handle.close();
  }
}

async function takes(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
