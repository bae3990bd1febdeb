/** Bootstrap intervals over queries. Efron and Tibshirani 1993, chapter 13; paired for IR by Sakai 2006, https://doi.org/10.1145/1148170.1148261 */
import { type Random, randomInt } from '../lib/random.ts';
import { mean, percentile } from '../lib/stats.ts';

/** A mean and the 2.5 and 97.5 percentiles of its resampled values. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/** One measure of one system: its mean over the queries, and its mean in each resample. */
export interface Resampled {
  mean: number;
  resamples: Float64Array;
}

/**
 * Means over resampled queries. All columns see the same resamples, so that two of them can be compared pair by pair.
 * @param columns values by query, all of the same length.
 */
export function resampleMeans(columns: readonly (readonly number[])[], resamples: number, random: Random): Resampled[] {
  const queries = columns[0]?.length ?? 0;
  const results = columns.map((column) => ({ mean: mean(column), resamples: new Float64Array(resamples) }));
  const drawn = new Uint32Array(queries);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < queries; i++) drawn[i] = randomInt(random, queries);
    for (const [c, column] of columns.entries()) {
      let sum = 0;
      for (const query of drawn) sum += column[query] ?? 0;
      const result = results[c];
      if (result !== undefined) result.resamples[r] = sum / queries;
    }
  }
  return results;
}

export function intervalOf({ mean: value, resamples }: Resampled): Interval {
  return { mean: value, low: percentile(resamples, 2.5), high: percentile(resamples, 97.5) };
}

/** a - b, resample by resample: they must come from the same call of `resampleMeans`. */
export function difference(a: Resampled, b: Resampled): Resampled {
  return { mean: a.mean - b.mean, resamples: a.resamples.map((value, r) => value - (b.resamples[r] ?? 0)) };
}

/** The mean of several sets, each resampled by itself: every set counts the same, however many queries it has. */
export function meanOfSets(sets: readonly Resampled[]): Resampled {
  const resamples = new Float64Array(sets[0]?.resamples.length ?? 0);
  for (const set of sets)
    for (const [r, value] of set.resamples.entries()) resamples[r] = (resamples[r] ?? 0) + value / sets.length;
  return { mean: mean(sets.map((set) => set.mean)), resamples };
}
