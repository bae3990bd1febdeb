import type { EmbedTimings } from '../embed/embedder.ts';
import type { Timings } from './answer.ts';

export interface Stopwatch {
  /** Counts the time of `work` as embedding, and where it went there. */
  embed<T extends { tookMs: EmbedTimings }>(work: () => Promise<T>): Promise<T>;
  /** The same as explaining. */
  explain<T>(work: () => Promise<T>): Promise<T>;
  /** The same as fusing. */
  fuse<T>(work: () => T): T;
  /** Everything else is search. */
  read(): Timings;
}

export function stopwatch(): Stopwatch {
  const start = performance.now();
  const spent = { embed: 0, queue: 0, tokenize: 0, infer: 0, fuse: 0, explain: 0 };
  const counting = async <T>(what: 'embed' | 'explain', work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    try {
      return await work();
    } finally {
      spent[what] += performance.now() - from;
    }
  };
  return {
    async embed(work) {
      const done = await counting('embed', work);
      for (const stage of ['queue', 'tokenize', 'infer'] as const) spent[stage] += done.tookMs[stage];
      return done;
    },
    explain: (work) => counting('explain', work),
    fuse(work) {
      const from = performance.now();
      const done = work();
      spent.fuse += performance.now() - from;
      return done;
    },
    read() {
      const total = performance.now() - start;
      const { embed, queue, tokenize, infer, fuse, explain } = spent;
      return {
        total: round(total),
        embed: round(embed),
        queue: round(queue),
        tokenize: round(tokenize),
        infer: round(infer),
        search: round(Math.max(0, total - embed - fuse - explain)),
        fuse: round(fuse),
        explain: round(explain),
      };
    },
  };
}

/** To a microsecond: more digits are noise. */
function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
