/**
 * What the graph misses, measured on real queries: a sampled share is answered again exactly, after the answer has gone out, and the
 * search width follows what is found.
 */
import { messageOf } from '../errors.ts';
import type { PaperId } from '../paper.ts';
import type { IndexQuery, Neighbour, VectorIndex } from '../vectors/vector-index.ts';

export interface RecallReport {
  /** Mean share of the ten nearest that the graph found; null before the first sample. */
  recallAt10: number | null;
  /** Wilson 95 % interval of it, a query counted as one trial; null before the first sample. */
  interval: [low: number, high: number] | null;
  /** Queries in the figure: the latest at this search width. */
  samples: number;
  /** The search width now. */
  efSearch: number;
  /** Why the last sample failed; null when it did not. */
  failure: string | null;
}

export interface LiveRecallOptions {
  index: VectorIndex;
  /** Search width at the start; kept as it is where `target` is null. */
  efSearch: number;
  /** Recall to hold, below 1; null measures only. */
  target: number | null;
  /** Share of the queries that is sampled, 0 to 1; where few come, one in `QUIET_MS` is as well. 0 samples none. */
  share: number;
}

export interface LiveRecall {
  readonly efSearch: number;
  /** Offers what the graph answered at the present width, ten papers or more; returns at once. */
  observe(query: IndexQuery, exclude: readonly PaperId[], found: readonly Neighbour[]): void;
  report(): RecallReport;
  /** Resolves when no sample is under way. */
  settled(): Promise<void>;
}

const K = 10;
const WINDOW = 500;
/** Samples at one width before it is changed. */
const ENOUGH = 50;
const QUIET_MS = 10_000;
const LEAST_EF = 20;
const MOST_EF = 1_000;
/** Two scores nearer than this are one: the graph adds up in another order than a scan. */
const SAME_SCORE = 1e-5;
const Z95 = 1.96;

export function createLiveRecall({ index, efSearch: start, target, share }: LiveRecallOptions): LiveRecall {
  let efSearch = start;
  let recalls: number[] = [];
  let failure: string | null = null;
  let lastSample = Number.NEGATIVE_INFINITY;
  let sampling: Promise<void> | undefined;

  async function sample(query: IndexQuery, exclude: readonly PaperId[], found: readonly Neighbour[], width: number): Promise<void> {
    try {
      const [exact = []] = await index.search([query], { k: K, exclude, among: 'all' });
      if (width !== efSearch || exact.length === 0) return;
      recalls.push(recallOf(found, exact));
      if (recalls.length > WINDOW) recalls.shift();
      failure = null;
      adapt();
    } catch (error) {
      // A paper asked about may be gone meanwhile, the index may be closing: the figure goes without this one.
      failure = messageOf(error);
    }
  }

  function adapt(): void {
    if (target === null || recalls.length < ENOUGH) return;
    const [low, high] = wilson(mean(recalls), recalls.length);
    let next = efSearch;
    if (high < target) next = Math.min(MOST_EF, Math.ceil(efSearch * 1.5));
    // Down only when the whole interval is above, and slowly: a width too great costs time, one too small answers.
    else if (low > target) next = Math.max(LEAST_EF, Math.floor(efSearch * 0.9));
    if (next === efSearch) return;
    efSearch = next;
    recalls = [];
  }

  return {
    get efSearch() {
      return efSearch;
    },
    observe(query, exclude, found) {
      if (share === 0 || found.length < K || sampling !== undefined) return;
      const now = performance.now();
      if (Math.random() >= share && now - lastSample < QUIET_MS) return;
      lastSample = now;
      sampling = sample(query, exclude, found.slice(0, K), efSearch).finally(() => {
        sampling = undefined;
      });
    },
    report() {
      const recallAt10 = recalls.length === 0 ? null : mean(recalls);
      const interval = recallAt10 === null ? null : wilson(recallAt10, recalls.length);
      return { recallAt10, interval, samples: recalls.length, efSearch, failure };
    },
    async settled() {
      await sampling;
    },
  };
}

/** Share of the exact ones that were found; one as near as the last of them is as good. */
function recallOf(found: readonly Neighbour[], exact: readonly Neighbour[]): number {
  const last = exact.at(-1)?.score ?? 0;
  return Math.min(exact.length, found.filter(({ score }) => score >= last - SAME_SCORE).length) / exact.length;
}

/** Wilson 1927, score interval of a share over `trials`. */
function wilson(share: number, trials: number): [number, number] {
  const z2 = Z95 ** 2 / trials;
  const centre = share + z2 / 2;
  const spread = Z95 * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials));
  return [Math.max(0, (centre - spread) / (1 + z2)), Math.min(1, (centre + spread) / (1 + z2))];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
