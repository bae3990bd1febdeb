// The planner against brute force: filters of any selectivity, with, without and against the query, on a real store and a real graph.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaperFilter } from '#dist/paper-filter.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { createNearest, type NearestWithin } from '#dist/recommend/nearest.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import { clusteredVectors } from '../support/vectors.ts';

const PAPERS = 10_000;
const DIM = 24;
const CLUSTERS = 20;
/** Small, so that each way is taken here as it is with more papers. */
const SCANNED = 150;
const EF_SEARCH = 100;

const idOf = (i: number) => `p${i}`;
const vectors = clusteredVectors({ count: PAPERS, dim: DIM, clusters: CLUSTERS, seed: 7 });
const row = (i: number) => vectors.data.subarray(i * DIM, (i + 1) * DIM);

let store: SqlitePaperStore;
let graph: HnswIndex;
let exact: ExactIndex;
let within: NearestWithin;
beforeAll(async () => {
  store = new SqlitePaperStore(':memory:');
  graph = new HnswIndex(DIM, { capacity: PAPERS });
  exact = new ExactIndex(DIM, { capacity: PAPERS });
  const ids = Array.from({ length: PAPERS }, (_, i) => idOf(i));
  // The category is the cluster: such a filter is all that is near to the query, or nothing that is.
  const drafts = ids.map((id, i) => ({
    id,
    title: `Paper ${i}`,
    authorCount: i + 1,
    categories: [`c.${vectors.clusters[i] ?? 0}`],
  }));
  await store.upsert(drafts, 'merge');
  await graph.upsert(ids, vectors.data);
  await exact.upsert(ids, vectors.data);
  within = createNearest({ store, index: graph, recall: { efSearch: EF_SEARCH, observe: () => undefined }, scanned: SCANNED });
});
afterAll(async () => {
  await Promise.all([store.close(), graph.close(), exact.close()]);
});

async function bruteForce(query: Float32Array | string, k: number, filter: PaperFilter): Promise<string[]> {
  const { ids } = await store.select(filter, { limit: PAPERS });
  const [found = []] = await exact.search([query], { k, among: ids });
  return found.map(({ id }) => id);
}

const condition = fc.oneof(
  // From all papers to one in ten thousand.
  fc.constantFrom(10_000, 5_000, 1_000, 300, 100, 30, 10, 3, 1).map((maxAuthors): PaperFilter => ({ maxAuthors })),
  fc.integer({ min: 0, max: CLUSTERS - 1 }).map((cluster): PaperFilter => ({ category: `c.${cluster}` })),
  fc.integer({ min: 0, max: CLUSTERS - 1 }).map((cluster): PaperFilter => ({ not: { category: `c.${cluster}` } })),
  fc.constant<PaperFilter>({ source: 'nowhere' }),
);
const filter = fc.oneof(
  condition,
  fc.array(condition, { minLength: 2, maxLength: 3 }).map((and): PaperFilter => ({ and })),
  fc.array(condition, { minLength: 2, maxLength: 3 }).map((or): PaperFilter => ({ or })),
);

describe('the nearest within a filter', () => {
  it('are as many as match or are wanted, each once, and those that brute force finds', async () => {
    let found = 0;
    let wanted = 0;
    const methods = new Set<string>();
    const property = fc.asyncProperty(
      filter,
      fc.nat(PAPERS - 1),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      async (asked, i, depth, asId) => {
        const query = asId ? idOf(i) : row(i);
        const expected = await bruteForce(query, depth, asked);
        const { ranking, plan } = await within(asked)(query, { depth });
        methods.add(plan.method);
        const ids = ranking.map(({ id }) => id);
        expect(ids).toHaveLength(expected.length);
        expect(new Set(ids).size).toBe(ids.length);
        expect(await store.matching(asked, ids)).toEqual(ids);
        if (asId) expect(ids).not.toContain(query);
        const ten = new Set(expected.slice(0, 10));
        wanted += ten.size;
        found += ids.slice(0, 10).filter((id) => ten.has(id)).length;
      },
    );
    await fc.assert(property, { seed: 42, numRuns: 300 });
    expect(found / wanted).toBeGreaterThanOrEqual(0.98);
    expect([...methods].sort()).toEqual(['overfetch', 'scan']);
  });

  it('are scanned where few match, and where the graph finds too few of many', async () => {
    const few = await within({ maxAuthors: 40 })(row(0), { depth: 10 });
    expect(few.plan).toMatchObject({ method: 'scan', matches: 40, efSearch: null });
    const own = vectors.clusters[0] ?? 0;
    const many = await within({ not: { category: `c.${own}` } })(row(0), { depth: 10 });
    expect(['scan', 'overfetch']).toContain(many.plan.method);
    expect(many.ranking).toHaveLength(10);
    const near = await within({ maxAuthors: 9_000 })(row(0), { depth: 10 });
    expect(near.plan).toMatchObject({ method: 'overfetch', matches: null });
  });

  it('leave out what is to be left out, and come from the graph where there is no filter', async () => {
    const { ranking, plan } = await within(undefined)(row(3), { depth: 5, exclude: [idOf(3)] });
    expect(plan).toMatchObject({ method: 'graph', efSearch: EF_SEARCH, matches: null });
    const [expected = []] = await exact.search([idOf(3)], { k: 5 });
    expect(ranking.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  });
});
