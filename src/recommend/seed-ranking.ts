/** Papers ranked by several seeds: candidates from the index, each scored by all seeds. */
import type { PaperId } from '../paper.ts';
import { byScore, type VectorIndex } from '../vectors/vector-index.ts';
import { dot } from './dot.ts';
import type { FindNearest, NearestPlan } from './nearest.ts';
import { type SeedScore, scoreBySeeds } from './seed-score.ts';
import { type SeedVector, seedVector } from './seed-vector.ts';

export interface SeedRankingOptions {
  /** Papers wanted, 1 or more. */
  depth: number;
  dim: number;
  /** Papers that are no results: the seeds. */
  exclude: readonly PaperId[];
}

export interface SeedRanking {
  ranking: (SeedScore & { id: PaperId })[];
  /** True when a greater depth brings no more. */
  complete: boolean;
  /** How the nearest of the mean were found. */
  plan: NearestPlan;
}

/** A hundred likes still bring so few papers that scoring them takes milliseconds, each its nearest `LEAST_NEAR_LIKE` at least. */
const MOST_NEAR_LIKES = 1_000;
const LEAST_NEAR_LIKE = 10;

/**
 * Papers by `scoreBySeeds`, best first, equal scores by id: those near the mean of the seeds, `depth` of them, and those near each
 * liked one, `MOST_NEAR_LIKES` together.
 * @param seeds at least one of them liked.
 */
export async function rankBySeeds(
  { nearest, index }: { nearest: FindNearest; index: Pick<VectorIndex, 'vectors'> },
  seeds: readonly SeedVector[],
  { depth, dim, exclude }: SeedRankingOptions,
): Promise<SeedRanking> {
  const likes = seeds.filter(({ liked }) => liked).map(({ vector }) => vector);
  const nearLike = Math.max(LEAST_NEAR_LIKE, Math.min(depth, Math.floor(MOST_NEAR_LIKES / likes.length)));
  const [first = new Float32Array(dim)] = likes;
  // The mean alone brings as many as are wanted; where the seeds cancel each other the first like does.
  const [{ ranking: near, plan }, ...others] = await Promise.all([
    nearest(seedVector(seeds, dim) ?? first, { depth, exclude }),
    ...(seeds.length === 1 ? [] : likes.map((like) => nearest(like, { depth: nearLike, exclude }))),
  ]);
  const ids = [...new Set([near, ...others.map(({ ranking }) => ranking)].flat().map(({ id }) => id))];
  const vectors = await index.vectors(ids);
  const scored = ids.flatMap((id, i) => {
    const vector = vectors[i];
    // Removed since it was found.
    if (vector === undefined) return [];
    const cosines = seeds.map((seed) => dot(seed.vector, vector));
    return [{ id, ...scoreBySeeds(cosines, seeds) }];
  });
  return { ranking: scored.sort(byScore), complete: near.length < depth, plan };
}
