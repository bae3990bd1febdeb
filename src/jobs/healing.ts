/** Keeps trying what failed: disks are emptied, folders mounted again, and nobody should have to restart for it. */
import type { Indexer } from './indexer.ts';

const FIRST_AFTER_MS = 2_000;
/** A generation of a large index that does not fit is not written over and over. */
const AT_MOST_MS = 300_000;

/**
 * Heals in the background, a moment after the start and after each fault, less and less often while it fails.
 * @param onFault told why it did not work this time.
 */
export function startHealing(indexer: Pick<Indexer, 'heal'>, onFault: (error: unknown) => void): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const after = (ms: number) => {
    if (stopped) return;
    timer = setTimeout(async () => {
      try {
        await indexer.heal();
        after(FIRST_AFTER_MS);
      } catch (error) {
        onFault(error);
        after(Math.min(2 * ms, AT_MOST_MS));
      }
    }, ms);
  };
  after(FIRST_AFTER_MS);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
