// What the graph misses as it is shown, against brute force, and the search width that follows it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLiveRecall, type LiveRecall } from '#dist/recommend/live-recall.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import { clusteredVectors } from '../support/vectors.ts';

const PAPERS = 3_000;
const QUERIES = 200;
const DIM = 64;
const K = 10;
/** Hard to navigate: a narrow search misses much. */
const vectors = clusteredVectors({ count: PAPERS + QUERIES, dim: DIM, clusters: 3, seed: 11 });
const row = (i: number) => vectors.data.subarray(i * DIM, (i + 1) * DIM);

let graph: HnswIndex;
let exact: ExactIndex;
beforeAll(async () => {
  graph = new HnswIndex(DIM, { M: 4, efConstruction: 20, capacity: PAPERS });
  exact = new ExactIndex(DIM, { capacity: PAPERS });
  const ids = Array.from({ length: PAPERS }, (_, i) => `p${i}`);
  await graph.upsert(ids, vectors.data.subarray(0, PAPERS * DIM));
  await exact.upsert(ids, vectors.data.subarray(0, PAPERS * DIM));
});
afterAll(async () => {
  await Promise.all([graph.close(), exact.close()]);
});

/** Asks every query once at the width that is current; gives the true recall@10 of what was answered. */
async function askAll(recall: LiveRecall): Promise<number> {
  let hits = 0;
  for (let i = PAPERS; i < PAPERS + QUERIES; i++) {
    const [found = []] = await graph.search([row(i)], { k: K, efSearch: recall.efSearch });
    const [truth = []] = await exact.search([row(i)], { k: K });
    const ids = new Set(truth.map(({ id }) => id));
    hits += found.filter(({ id }) => ids.has(id)).length;
    recall.observe(row(i), [], found);
    await recall.settled();
  }
  return hits / (K * QUERIES);
}

it('shows what brute force says where the search is forced to be narrow', async () => {
  const recall = createLiveRecall({ index: graph, efSearch: 1, target: null, share: 1 });
  const truth = await askAll(recall);
  const { recallAt10, interval, samples, efSearch, failure } = recall.report();
  expect(truth).toBeLessThan(0.8);
  expect(recallAt10).toBeCloseTo(truth, 10);
  expect(samples).toBe(QUERIES);
  expect(efSearch).toBe(1);
  expect(failure).toBeNull();
  const [low = 1, high = 0] = interval ?? [];
  expect(low).toBeLessThan(truth);
  expect(high).toBeGreaterThan(truth);
});

it('widens the search until what it finds holds the target', async () => {
  const recall = createLiveRecall({ index: graph, efSearch: 10, target: 0.95, share: 1 });
  for (let i = 0; i < 10; i++) await askAll(recall);
  expect(recall.efSearch).toBeGreaterThan(10);
  expect(await askAll(recall)).toBeGreaterThanOrEqual(0.93);
});

it('narrows a search that is wider than the target asks for, not below its bound', async () => {
  const recall = createLiveRecall({ index: graph, efSearch: 300, target: 0.5, share: 1 });
  for (let i = 0; i < 3; i++) await askAll(recall);
  expect(recall.efSearch).toBeLessThan(300);
  for (let i = 0; i < 12; i++) await askAll(recall);
  expect(recall.efSearch).toBeGreaterThanOrEqual(20);
});

it('takes no sample where none is wanted, of no query with fewer than ten, and says why one failed', async () => {
  const [found = []] = await graph.search([row(0)], { k: K });
  const none = createLiveRecall({ index: graph, efSearch: 50, target: 0.9, share: 0 });
  none.observe(row(0), [], found);
  await none.settled();
  expect(none.report()).toMatchObject({ recallAt10: null, interval: null, samples: 0 });

  const all = createLiveRecall({ index: graph, efSearch: 50, target: 0.9, share: 1 });
  all.observe(row(0), [], found.slice(0, 9));
  await all.settled();
  expect(all.report().samples).toBe(0);
  all.observe('gone', [], found);
  await all.settled();
  expect(all.report()).toMatchObject({ samples: 0, failure: expect.stringContaining('gone') });
});
