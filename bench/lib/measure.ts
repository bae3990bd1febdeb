import { cpuSecondsOfTree } from './cpu-time.ts';

export interface Measured {
  wallS: number;
  /** CPU-seconds of the process and its descendants; null where the platform does not say. */
  cpuS: number | null;
}

/** Wall and CPU time of `work`, the latter of the process `pid` (default: this one) with its descendants. */
export async function measure(work: () => Promise<unknown>, pid = process.pid): Promise<Measured> {
  const cpuBefore = cpuSecondsOfTree(pid);
  const start = performance.now();
  await work();
  const wallS = (performance.now() - start) / 1_000;
  const cpuAfter = cpuSecondsOfTree(pid);
  return { wallS, cpuS: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore };
}

/** Milliseconds of each call, one after the other. */
export async function latencies<T>(items: readonly T[], call: (item: T) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const item of items) {
    const start = performance.now();
    await call(item);
    times.push(performance.now() - start);
  }
  return times;
}
