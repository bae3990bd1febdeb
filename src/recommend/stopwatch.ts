import type { Timings } from './answer.ts';

export interface Stopwatch {
  /** Counts the time until `work` settles as embedding. */
  embed<T>(work: Promise<T>): Promise<T>;
  /** Everything that is not embedding is search. */
  read(): Timings;
}

export function stopwatch(): Stopwatch {
  const start = performance.now();
  let embedMs = 0;
  return {
    async embed(work) {
      const from = performance.now();
      try {
        return await work;
      } finally {
        embedMs += performance.now() - from;
      }
    },
    read() {
      const total = performance.now() - start;
      return { total: round(total), embed: round(embedMs), search: round(total - embedMs) };
    },
  };
}

/** To a microsecond: more digits are noise. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
