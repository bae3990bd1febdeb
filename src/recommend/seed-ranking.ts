/** Papers ranked by several seeds: candidates from the index, each scored by all seeds. */
import type { PaperId } from '../paper.ts';
import { byScore, type VectorIndex } from '../vectors/vector-index.ts';
import { dot } from './dot.ts';
import type { FindNearest, NearestPlan } from './nearest.ts';
import { DISLIKE_SHARE, type SeedScore, scoreBySeeds } from './seed-score.ts';
import { type SeedVector, seedVector, unitVector } from './seed-vector.ts';

export interface SeedRankingOptions {
  /** Papers wanted, 1 or more. */
  depth: number;
  dim: number;
  /** Papers that are no results: the seeds. */
  exclude: readonly PaperId[];
}

type SeedIndex = Pick<VectorIndex, 'vectors' | 'cosines'>;
type ScoredPaper = SeedScore & { id: PaperId };

export interface SeedRanking {
  ranking: ScoredPaper[];
  /** True when a greater depth brings no more. */
  complete: boolean;
  /** How the nearest of the mean were found. */
  plan: NearestPlan;
}

/** A hundred likes still bring so few papers that scoring them takes milliseconds, each its nearest `LEAST_NEAR_LIKE` at least. */
const MOST_NEAR_LIKES = 1_000;
const LEAST_NEAR_LIKE = 10;

/**
 * The `depth` best papers by `scoreBySeeds`, best first, equal scores by id: of those near the mean of the seeds, `depth` of them, and
 * those near each liked one, `MOST_NEAR_LIKES` together.
 * @param seeds at least one of them liked.
 */
export async function rankBySeeds(
  { nearest, index }: { nearest: FindNearest; index: SeedIndex },
  seeds: readonly SeedVector[],
  { depth, dim, exclude }: SeedRankingOptions,
): Promise<SeedRanking> {
  const likes = seeds.flatMap(({ liked, vector }) => (liked ? (unitVector(vector) ?? []) : []));
  const nearLike = Math.max(LEAST_NEAR_LIKE, Math.min(depth, Math.floor(MOST_NEAR_LIKES / Math.max(1, likes.length))));
  const [first = new Float32Array(dim)] = likes;
  // The mean alone brings as many as are wanted; where the seeds cancel each other the first like does.
  const [{ ranking: near, plan }, ...others] = await Promise.all([
    nearest(seedVector(seeds, dim) ?? first, { depth, exclude }),
    ...(seeds.length === 1 ? [] : likes.map((like) => nearest(like, { depth: nearLike, exclude }))),
  ]);
  const ids = [...new Set([near, ...others.map(({ ranking }) => ranking)].flat().map(({ id }) => id))];
  const candidates = await boundedBySeeds(index, ids, seeds);
  return { ranking: await bestOf(index, candidates, seeds, depth), complete: near.length < depth, plan };
}

/** A paper whose score is `most` at most. */
interface Candidate {
  id: PaperId;
  most: number;
}

/** A score follows the cosines: what is liked gives parts that sum to 1 of their errors, what is disliked its share of that. */
const ERROR_SHARE = 1 + DISLIKE_SHARE;

/** The highest bound first. */
async function boundedBySeeds(index: SeedIndex, ids: readonly PaperId[], seeds: readonly SeedVector[]): Promise<Candidate[]> {
  const { cosines, errors } = await index.cosines(
    ids,
    seeds.map(({ vector }) => vector),
  );
  const longest = Math.max(...seeds.map(({ vector }) => Math.hypot(...vector)));
  const candidates = ids.map((id, i): Candidate => {
    const about = Array.from(cosines.subarray(i * seeds.length, (i + 1) * seeds.length));
    return { id, most: scoreBySeeds(about, seeds).score + (errors[i] as number) * longest * ERROR_SHARE };
  });
  // One that is not a number was removed since it was found.
  return candidates.filter(({ most }) => !Number.isNaN(most)).sort((a, b) => b.most - a.most);
}

/** The best `depth` by their true scores. Vectors cost more than bounds: they are asked for of those that can be among them. */
async function bestOf(
  index: SeedIndex,
  candidates: readonly Candidate[],
  seeds: readonly SeedVector[],
  depth: number,
): Promise<ScoredPaper[]> {
  const score = async (some: readonly Candidate[]): Promise<ScoredPaper[]> => {
    const vectors = await index.vectors(some.map(({ id }) => id));
    return some.flatMap(({ id }, i) => {
      const vector = vectors[i];
      // Removed since it was found.
      if (vector === undefined) return [];
      const cosines = seeds.map((seed) => dot(seed.vector, vector));
      return [{ id, ...scoreBySeeds(cosines, seeds) }];
    });
  };
  const first = (await score(candidates.slice(0, depth))).sort(byScore);
  const least = first[depth - 1]?.score ?? Number.NEGATIVE_INFINITY;
  const rest = await score(candidates.slice(depth).filter(({ most }) => most >= least));
  return [...first, ...rest].sort(byScore).slice(0, depth);
}
