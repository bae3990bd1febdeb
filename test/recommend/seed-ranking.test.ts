/** Ranking by several seeds: what their parts are, and what must not change the answer. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { centredSeeds } from '#dist/recommend/centred-seeds.js';
import { createNearest } from '#dist/recommend/nearest.js';
import { rankBySeeds, type SeedRanking } from '#dist/recommend/seed-ranking.js';
import { scoreBySeeds } from '#dist/recommend/seed-score.js';
import type { SeedVector } from '#dist/recommend/seed-vector.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import { seedVectors } from '../support/seeds.ts';
import { clusteredVectors } from '../support/vectors.ts';

const DIM = 6;
const PAPERS = 400;
/** The first depth to which a list asks. */
const DEPTH = 100;
const RUNS = { seed: 42, numRuns: 200 };
/** Sums of a few float64 numbers in another order. */
const TOLERANCE = 1e-9;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const cosineList = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 });

describe('scoreBySeeds', () => {
  it('is the cosine where there is one seed', () => {
    expect(scoreBySeeds([0.7], [{ liked: true, weight: 5 }]).score).toBeCloseTo(0.7, 12);
  });

  it('gives parts that sum to the score, whatever the seeds', () => {
    const property = fc.property(seedVectors(DIM), cosineList, (seeds, cosines) => {
      const { score, parts } = scoreBySeeds(cosines, seeds);
      expect(parts).toHaveLength(seeds.length);
      expect(Math.abs(sum(parts) - score)).toBeLessThan(TOLERANCE);
    });
    fc.assert(property, RUNS);
  });

  it('lies between the mean and the largest cosine of what is liked', () => {
    const property = fc.property(cosineList, (cosines) => {
      const { score } = scoreBySeeds(
        cosines,
        cosines.map(() => ({ liked: true, weight: 1 })),
      );
      expect(score).toBeGreaterThan(sum(cosines) / cosines.length - TOLERANCE);
      expect(score).toBeLessThan(Math.max(...cosines) + TOLERANCE);
    });
    fc.assert(property, RUNS);
  });

  it('grows with nearness to a like and falls with nearness to a dislike, never the other way', () => {
    const property = fc.property(seedVectors(DIM), cosineList, fc.nat({ max: 8 }), (seeds, cosines, at) => {
      const seed = seeds[at];
      if (seed === undefined) return;
      const nearer = cosines.map((cosine, i) => (i === at ? cosine + 0.1 : cosine));
      const change = scoreBySeeds(nearer, seeds).score - scoreBySeeds(cosines, seeds).score;
      expect(seed.liked ? change : -change).toBeGreaterThanOrEqual(-TOLERANCE);
    });
    fc.assert(property, RUNS);
  });
});

describe('rankBySeeds', () => {
  const index = new ExactIndex(DIM);
  const store = new SqlitePaperStore(':memory:');
  const nearest = createNearest({ store, index, recall: { efSearch: 100, observe: () => undefined } })(undefined);
  afterAll(() => store.close());
  beforeAll(async () => {
    const vectors = fc
      .sample(seedVectors(DIM), { seed: 42, numRuns: PAPERS })
      .flatMap(([seed]) => (seed === undefined ? [] : [seed.vector]));
    const rows = new Float32Array(PAPERS * DIM);
    for (const [i, vector] of vectors.entries()) rows.set(vector, i * DIM);
    await index.upsert(
      vectors.map((_, i) => `p${i}`),
      rows,
    );
  });

  const rank = async (seeds: readonly SeedVector[], { k = 10, exclude = [] as string[] } = {}) =>
    (await rankBySeeds({ nearest, index }, seeds, { depth: Math.max(k, DEPTH), dim: DIM, exclude })).ranking.slice(0, k);

  async function expectSame(a: readonly SeedVector[], b: readonly SeedVector[]): Promise<void> {
    const [one, other] = [await rank(a, { k: PAPERS }), await rank(b, { k: PAPERS })];
    const scores = new Map(other.map(({ id, score }) => [id, score]));
    expect(one).toHaveLength(PAPERS);
    for (const { id, score } of one) expect(Math.abs(score - (scores.get(id) ?? Number.NaN))).toBeLessThan(TOLERANCE);
  }

  it('does not depend on the order of the seeds', async () => {
    const shuffled = seedVectors(DIM).chain((seeds) =>
      fc.shuffledSubarray(seeds, { minLength: seeds.length }).map((other) => [seeds, other] as const),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, ([seeds, other]) => expectSame(seeds, other)),
      { ...RUNS, numRuns: 50 },
    );
  });

  it('takes a weight of 2 for the seed given twice', async () => {
    const property = fc.asyncProperty(seedVectors(DIM), fc.nat({ max: 8 }), (seeds, at) => {
      const chosen = seeds[at % seeds.length];
      if (chosen === undefined) return Promise.resolve();
      const doubled = seeds.map((seed) => (seed === chosen ? { ...seed, weight: 2 * seed.weight } : seed));
      return expectSame(doubled, [...seeds, chosen]);
    });
    await fc.assert(property, { ...RUNS, numRuns: 50 });
  });

  it('never gives what is excluded, and all the rest where so many are wanted', async () => {
    const some = fc.uniqueArray(
      fc.nat({ max: PAPERS - 1 }).map((i) => `p${i}`),
      { minLength: 1, maxLength: 6 },
    );
    const property = fc.asyncProperty(some, fc.nat({ max: 5 }), async (ids, dislikes) => {
      const vectors = await index.vectors(ids);
      const seeds = vectors.flatMap((vector, i) =>
        vector === undefined ? [] : [{ liked: i === 0 || i > dislikes, weight: 1, vector }],
      );
      const found = (await rank(seeds, { k: PAPERS, exclude: ids })).map(({ id }) => id);
      expect(found).toHaveLength(PAPERS - ids.length);
      for (const id of ids) expect(found).not.toContain(id);
    });
    await fc.assert(property, { ...RUNS, numRuns: 50 });
  });

  it('finds the same ten as a scan of all papers', async () => {
    const everything = await index.vectors(Array.from({ length: PAPERS }, (_, i) => `p${i}`));
    const property = fc.asyncProperty(seedVectors(DIM), async (seeds) => {
      const likes = seeds.map((seed) => ({ ...seed, liked: true, weight: 1 }));
      const cosines = (vector: Float32Array) =>
        likes.map((like) => like.vector.reduce((c, value, i) => c + value * (vector[i] ?? 0), 0));
      const scores = everything.flatMap((vector) => (vector === undefined ? [] : [scoreBySeeds(cosines(vector), likes).score]));
      const best = scores.sort((a, b) => b - a).slice(0, 10);
      for (const [i, { score }] of (await rank(likes)).entries()) expect(Math.abs(score - (best[i] ?? 0))).toBeLessThan(1e-6);
    });
    await fc.assert(property, { ...RUNS, numRuns: 50 });
  });

  it('ranks although the likes cancel each other', async () => {
    const [vector] = await index.vectors(['p0']);
    const seed = { liked: true, weight: 1, vector: vector ?? new Float32Array(DIM) };
    const opposite = { ...seed, vector: seed.vector.map((value) => -value) };
    expect((await rank([seed, opposite])).length).toBe(10);
  });
});

describe('rankBySeeds over a graph, whose bounds are not exact', () => {
  const dim = 96;
  const count = 2_000;
  const { data } = clusteredVectors({ count, dim, clusters: 20, seed: 7 });
  const ids = Array.from({ length: count }, (_, i) => `p${i}`);
  const vectorOf = (i: number) => data.slice(i * dim, (i + 1) * dim);

  it('gives the order and the scores of a ranking by stored vectors', async () => {
    const store = new SqlitePaperStore(':memory:');
    const indexes = [new HnswIndex(dim), new ExactIndex(dim)];
    const rankings = await Promise.all(
      indexes.map(async (index) => {
        await index.upsert(ids, data);
        const nearest = createNearest({ store, index, recall: { efSearch: 1_000, observe: () => undefined } })(undefined);
        const results: SeedRanking[] = [];
        for (let i = 0; i < 20; i++) {
          const seeds = [3 * i, 40 + i, 700 - i, 900 + 2 * i].map(
            (at, place): SeedVector => ({ liked: place !== 2, weight: 1 + place, vector: vectorOf(at) }),
          );
          const centred = centredSeeds(seeds, vectorOf(1_000 + i));
          results.push(await rankBySeeds({ nearest, index }, centred, { depth: 60, dim, exclude: [] }));
        }
        return results.map(({ ranking }) => ranking);
      }),
    );
    await store.close();
    const [byBounds = [], exactly = []] = rankings;
    for (const [i, ranking] of byBounds.entries()) {
      expect(ranking).toHaveLength(60);
      for (const [place, { id, score }] of ranking.entries()) {
        const expected = exactly[i]?.[place];
        expect(Math.abs(score - (expected?.score ?? 9))).toBeLessThan(1e-5);
        if (place < 20) expect(id).toBe(expected?.id);
      }
    }
  });
});
