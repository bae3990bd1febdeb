import type { Timings } from './answer.ts';

export interface Stopwatch {
  /** Counts the time until `work` settles as embedding. */
  embed<T>(work: Promise<T>): Promise<T>;
  /** The same as explaining. */
  explain<T>(work: Promise<T>): Promise<T>;
  /** Everything else is search. */
  read(): Timings;
}

export function stopwatch(): Stopwatch {
  const start = performance.now();
  const spent = { embed: 0, explain: 0 };
  const counting =
    (what: keyof typeof spent) =>
    async <T>(work: Promise<T>): Promise<T> => {
      const from = performance.now();
      try {
        return await work;
      } finally {
        spent[what] += performance.now() - from;
      }
    };
  return {
    embed: counting('embed'),
    explain: counting('explain'),
    read() {
      const total = performance.now() - start;
      const { embed, explain } = spent;
      return { total: round(total), embed: round(embed), search: round(total - embed - explain), explain: round(explain) };
    },
  };
}

/** To a microsecond: more digits are noise. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
