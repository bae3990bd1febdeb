// The cause that only a graph with holes has: near enough, and not found.
import { expect, it } from 'vitest';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { createLister } from '#dist/recommend/list.js';
import { createNearest } from '#dist/recommend/nearest.js';
import { whyNot } from '#dist/recommend/why-not.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import { clusteredVectors } from '../support/vectors.ts';

const PAPERS = 3_000;
const DIM = 48;
const options = { k: 10, offset: 0, fold: false, diversity: 0, recency: null, sort: 'score', minScore: null } as const;

it('says that the graph missed a paper, and where it stands by an exact search', async () => {
  const { data } = clusteredVectors({ count: PAPERS, dim: DIM, clusters: 400, seed: 5 });
  const ids = Array.from({ length: PAPERS }, (_, i) => `p${i}`);
  const store = new SqlitePaperStore(':memory:');
  await store.upsert(
    ids.map((id) => ({ id, title: id })),
    'merge',
  );
  const index = new HnswIndex(DIM, { M: 2, efConstruction: 4, capacity: PAPERS });
  const exact = new ExactIndex(DIM, { capacity: PAPERS });
  await index.upsert(ids, data);
  await exact.upsert(ids, data);
  const nearest = createNearest({ store, index, recall: { efSearch: 1, observe: () => undefined } })(undefined);
  const list = createLister({ store, index });

  let missed = 0;
  for (let i = 0; i < 40; i++) {
    const query = `p${i}`;
    const page = await list(async (depth) => {
      const { ranking } = await nearest(query, { depth });
      return { ranked: ranking, complete: ranking.length < depth, plan: null };
    }, options);
    const found = new Set(page.hits.map(({ id }) => id));
    const [truth = []] = await exact.search([query], { k: 10 });
    for (const [at, { id, score }] of truth.entries()) {
      if (found.has(id)) continue;
      missed++;
      const parts = { store, index, space: { id: 'none', dim: DIM }, maxTokens: 256 };
      const answer = await whyNot(parts, { id, query, text: null, filter: undefined, seeds: [query], options, page });
      expect(answer).toMatchObject({
        rank: null,
        causes: [{ code: 'missed', message: expect.stringContaining(`number ${at + 1}`) }],
      });
      expect(answer.meaning?.rank).toBe(at + 1);
      expect(answer.meaning?.score).toBeCloseTo(score, 5);
    }
  }
  expect(missed).toBeGreaterThan(0);
  await Promise.all([store.close(), index.close(), exact.close()]);
});
