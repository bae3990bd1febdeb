/** Likes without what all papers have in common. */
import type { SeedVector } from './seed-vector.ts';

/** Share of the mean of all papers that is taken off likes that have nothing in common. `npm run bench:strategies`, docs/quality.md. */
const COMMON = 1;

/**
 * How much the likes differ: 0 for one, or the same one again, towards 1 for many that have nothing in common. One less the
 * squared length of their weighted mean.
 */
export function spreadOfLikes(seeds: readonly SeedVector[]): number {
  const likes = seeds.filter(({ liked }) => liked);
  const total = likes.reduce((sum, { weight }) => sum + weight, 0);
  const dim = likes[0]?.vector.length ?? 0;
  let squared = 0;
  for (let i = 0; i < dim; i++) {
    let mean = 0;
    for (const { vector, weight } of likes) mean += (weight / total) * (vector[i] ?? 0);
    squared += mean ** 2;
  }
  return Math.max(0, 1 - squared);
}

/**
 * Takes some of the mean of all papers off every like, the more the more they differ: what several papers share with each other is for a
 * good part what all papers share. One like stays as it is.
 * @param centre of all papers, length dim.
 */
export function centredSeeds<S extends SeedVector>(seeds: readonly S[], centre: Float32Array): S[] {
  const share = COMMON * spreadOfLikes(seeds);
  return seeds.map((seed) =>
    seed.liked ? { ...seed, vector: seed.vector.map((value, i) => value - share * (centre[i] ?? 0)) } : seed,
  );
}
