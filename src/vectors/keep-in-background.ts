/** Makes the nearest of each paper ready beside the work that is waited for: one at a time, everything else in between. */
import { setTimeout as delay, setImmediate as yieldToOthers } from 'node:timers/promises';
import type { HnswIndex } from './hnsw-index.ts';

/** So few newcomers, or so small a share of all, are kept at once: until then few answers come from what is kept. */
const FEW = 64;
const SMALL_SHARE = 0.1;
/** More are kept when nothing has come for so long: what is found while a graph grows many times over is soon old. */
const QUIET_MS = 2_000;

export interface BackgroundKeeping {
  /** Something came, went, or was asked for and not ready. */
  wake(changed: boolean): void;
  stop(): void;
}

export function keepInBackground(index: Pick<HnswIndex, 'keepOne' | 'unkept' | 'size'>): BackgroundKeeping {
  let stopped = false;
  let lastChange = Number.NEGATIVE_INFINITY;
  let woken: (() => void) | undefined;

  async function run(): Promise<void> {
    while (!stopped) {
      const newcomers = index.unkept;
      const isUrgent = newcomers > 0 && newcomers <= Math.max(FEW, SMALL_SHARE * index.size);
      const waiting = lastChange + QUIET_MS - performance.now();
      if (newcomers > 0 && !isUrgent && waiting > 0) {
        await delay(waiting, undefined, { ref: false });
        continue;
      }
      const began = performance.now();
      if (!(await index.keepOne())) {
        await new Promise<void>((resolve) => {
          woken = resolve;
        });
      } else if (isUrgent) await yieldToOthers();
      else await delay(performance.now() - began, undefined, { ref: false });
    }
  }

  void run();
  return {
    wake(changed) {
      if (changed) lastChange = performance.now();
      woken?.();
    },
    stop() {
      stopped = true;
      woken?.();
    },
  };
}
