/** Several liked and disliked papers or texts as one query vector. */
import { DISLIKE_SHARE, type SeedWeight } from './seed-score.ts';

export interface SeedVector extends SeedWeight {
  /** Length dim; unit length, but for what `centredSeeds` took off. */
  vector: Float32Array;
}

/**
 * The weighted mean of the liked vectors less a share of the mean of the disliked, at unit length.
 * Rocchio 1971 as in Manning, Raghavan and Schütze 2008, chapter 9.1.1, without an initial query.
 * @returns undefined when nothing is liked, or when the seeds cancel each other exactly.
 */
export function seedVector(seeds: readonly SeedVector[], dim: number): Float32Array | undefined {
  const sum = new Float64Array(dim);
  if (!seeds.some(({ liked }) => liked)) return undefined;
  for (const liked of [true, false]) {
    const own = seeds.filter((seed) => seed.liked === liked);
    const total = own.reduce((weights, { weight }) => weights + weight, 0);
    for (const { vector, weight } of own) {
      const share = ((liked ? 1 : -DISLIKE_SHARE) * weight) / total;
      for (let i = 0; i < dim; i++) sum[i] = (sum[i] ?? 0) + share * (vector[i] ?? 0);
    }
  }
  return unitVector(sum);
}

/** Of the same direction; undefined for one that has none. */
export function unitVector(vector: Float32Array | Float64Array): Float32Array | undefined {
  const norm = Math.hypot(...vector);
  return norm === 0 ? undefined : Float32Array.from(vector, (value) => value / norm);
}
