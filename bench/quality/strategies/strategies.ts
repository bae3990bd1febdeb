/** The ways to score papers by several seeds that are compared; each scores every paper of the corpus. */
import { ndcgAtK } from '#dist/evaluation/metrics.js';
import type { PaperId } from '#dist/paper.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { centredSeeds, spreadOfLikes } from '#dist/recommend/centred-seeds.js';
import { dot } from '#dist/recommend/dot.js';
import { createNearest } from '#dist/recommend/nearest.js';
import { rankBySeeds } from '#dist/recommend/seed-ranking.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { byScore } from '#dist/vectors/vector-index.js';
import { rowMajor } from '../../lib/cached-vectors.ts';
import { namedRandom, sample } from '../../lib/random.ts';
import { mean } from '../../lib/stats.ts';
import { DEPTH } from '../systems.ts';
import { type Examples, type LinearOptions, trainLinear, withProducts } from './linear.ts';
import type { SeedTask } from './tasks.ts';

const K = 10;
/** Papers of the corpus that a classifier takes for irrelevant. */
const BACKGROUND = 100;

/** Makes one number of the cosines to the seeds of one sign. */
type Pool = (cosines: readonly number[]) => number;

const best: Pool = (cosines) => cosines.reduce((most, cosine) => (cosine > most ? cosine : most), -1);
const topTwo: Pool = (cosines) => mean([...cosines].sort((a, b) => b - a).slice(0, 2));
const soft =
  (softness: number): Pool =>
  (cosines) =>
    softness * Math.log(cosines.reduce((sum, cosine) => sum + Math.exp(cosine / softness), 0) / cosines.length);

interface Pooled {
  pool: Pool;
  dislikeShare: number;
  /** Share of the product with the mean of the corpus that is taken off, by how much the likes differ: `spreadOfLikes`. */
  centreShare?: (spread: number) => number;
}

const POOLED: Readonly<Record<string, Pooled>> = {
  'mean, .2': { pool: mean, dislikeShare: 0.2 },
  'mean, 0': { pool: mean, dislikeShare: 0 },
  'mean, .3': { pool: mean, dislikeShare: 0.3 },
  'mean, .5': { pool: mean, dislikeShare: 0.5 },
  'best, .2': { pool: best, dislikeShare: 0.2 },
  'best, .5': { pool: best, dislikeShare: 0.5 },
  'best two, .2': { pool: topTwo, dislikeShare: 0.2 },
  'soft .1, .2': { pool: soft(0.1), dislikeShare: 0.2 },
  'soft .2, .2': { pool: soft(0.2), dislikeShare: 0.2 },
  'soft .3, .2': { pool: soft(0.3), dislikeShare: 0.2 },
  'soft .3, 0': { pool: soft(0.3), dislikeShare: 0 },
  'soft .3, .1': { pool: soft(0.3), dislikeShare: 0.1 },
  'soft .5, .2': { pool: soft(0.5), dislikeShare: 0.2 },
  'mean, .2, less .5 corpus': { pool: mean, dislikeShare: 0.2, centreShare: () => 0.5 },
  'soft .3, .2, less .5 corpus': { pool: soft(0.3), dislikeShare: 0.2, centreShare: () => 0.5 },
  'soft .3, .2, less spread corpus': { pool: soft(0.3), dislikeShare: 0.2, centreShare: (spread) => spread },
  'soft .3, .2, less 1.5 spread corpus': { pool: soft(0.3), dislikeShare: 0.2, centreShare: (spread) => 1.5 * spread },
  'soft .3, .2, less 2 spread corpus': { pool: soft(0.3), dislikeShare: 0.2, centreShare: (spread) => 2 * spread },
};

const LINEAR: Readonly<Record<string, LinearOptions>> = {
  'linear, logistic': { loss: 'logistic', l2: 0.01 },
  'linear, SVM': { loss: 'hinge', l2: 0.1 },
};

/** What every other is compared with. */
export const BASELINE = 'mean, .2';
/** What `POST /v1/recommend` does: candidates of the index, scored by the code of the service. */
export const SERVED = 'as served';
export const STRATEGIES = [...Object.keys(POOLED), ...Object.keys(LINEAR), SERVED];

export interface StrategyRunner {
  /** nDCG@10 of each of `STRATEGIES`. */
  run(task: SeedTask): Promise<Map<string, number>>;
}

export async function openStrategies(
  vectors: ReadonlyMap<PaperId, Float32Array>,
  dim: number,
  seed: number,
): Promise<StrategyRunner> {
  const ids = [...vectors.keys()];
  const index = new ExactIndex(dim, { capacity: ids.length });
  await index.upsert(ids, rowMajor(vectors, dim));
  // No filter is asked for here: the store stays empty.
  const store = new SqlitePaperStore(':memory:');
  const nearest = createNearest({ store, index, recall: { efSearch: DEPTH, observe: () => undefined } })(undefined);
  const vectorOf = (id: PaperId): Float32Array => {
    const vector = vectors.get(id);
    if (vector === undefined) throw new Error(`the corpus has no paper "${id}"`);
    return vector;
  };
  const rows = [...vectors.values()];
  const products = (vector: Float32Array) => Float64Array.from(rows, (row) => dot(vector, row));
  const centre = await index.centre();
  const toCentre = products(centre);

  /** What is liked, then what is disliked and a sample of the corpus. */
  function examplesOf({ likes, dislikes, interest, case: name }: SeedTask): Examples {
    const given = new Set([...likes, ...dislikes]);
    const others = ids.filter((id) => !given.has(id));
    const background = sample(others, BACKGROUND, namedRandom(seed, `background of ${interest} ${name} ${likes.join(' ')}`));
    return withProducts([...likes, ...dislikes, ...background].map(vectorOf));
  }

  function pooledScores({ likes, dislikes }: SeedTask): Map<string, Float64Array> {
    const [toLikes, toDislikes] = [likes, dislikes].map((list) => list.map((id) => products(vectorOf(id))));
    const spread = spreadOfLikes(likes.map((id) => ({ liked: true, weight: 1, vector: vectorOf(id) })));
    const lists = Object.entries(POOLED).map(([name, { centreShare = () => 0, ...pooled }]) => ({
      ...{ name, ...pooled, centre: centreShare(spread) },
      scores: new Float64Array(ids.length),
    }));
    for (const row of ids.keys()) {
      const liked = (toLikes ?? []).map((list) => list[row] ?? 0);
      const disliked = (toDislikes ?? []).map((list) => list[row] ?? 0);
      for (const { pool, dislikeShare, centre, scores } of lists) {
        const away = disliked.length === 0 ? 0 : dislikeShare * pool(disliked);
        scores[row] = pool(liked) - away - centre * (toCentre[row] ?? 0);
      }
    }
    return new Map(lists.map(({ name, scores }) => [name, scores]));
  }

  async function served({ likes, dislikes, own }: SeedTask): Promise<PaperId[]> {
    const seeds = [
      ...likes.map((id) => ({ liked: true, weight: 1, vector: vectorOf(id) })),
      ...dislikes.map((id) => ({ liked: false, weight: 1, vector: vectorOf(id) })),
    ];
    const exclude = [...likes, ...dislikes, ...own];
    const { ranking } = await rankBySeeds({ nearest, index }, centredSeeds(seeds, centre), { depth: DEPTH, dim, exclude });
    return ranking.slice(0, K).map(({ id }) => id);
  }

  return {
    async run(task) {
      const left = new Set([...task.likes, ...task.dislikes, ...task.own]);
      const scores = pooledScores(task);
      const examples = examplesOf(task);
      const labels = examples.examples.map((_, i) => (i < task.likes.length ? 1 : -1));
      for (const [name, options] of Object.entries(LINEAR)) scores.set(name, products(trainLinear(examples, labels, options)));
      const rankings = new Map([...scores].map(([name, list]) => [name, bestOf(ids, list, left)]));
      rankings.set(SERVED, await served(task));
      return new Map([...rankings].map(([name, ranking]) => [name, ndcgAtK(ranking, task.judgements, K)]));
    },
  };
}

/** Ids of the `K` of the highest scores, best first, equal scores by id. */
function bestOf(ids: readonly PaperId[], scores: Float64Array, left: ReadonlySet<PaperId>): PaperId[] {
  const kept: { id: PaperId; score: number }[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (const [row, id] of ids.entries()) {
    if (left.has(id)) continue;
    const score = scores[row] ?? 0;
    if (score < least) continue;
    kept.push({ id, score });
    if (kept.length < 4 * K) continue;
    kept.sort(byScore).length = K;
    least = kept[K - 1]?.score ?? least;
  }
  return kept
    .sort(byScore)
    .slice(0, K)
    .map(({ id }) => id);
}
