// Covers the `VectorIndex` contract on the exact index, HNSW and the threaded live index, and HNSW's recall.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import { openThreadedLiveIndex } from '#dist/vectors/threaded-live-index.js';
import type { IndexQuery, IndexSearchOptions, Neighbour, VectorIndex } from '#dist/vectors/vector-index.js';
import { dot, flat, gaussians, randomNumbers, randomVectors, unit } from './vectors.ts';

const run = promisify(execFile);

interface Implementation {
  name: string;
  open(dim: number): Promise<VectorIndex>;
  load(dir: string, dim: number): Promise<VectorIndex>;
  /** Opening costs more where a thread is started. */
  numRuns: number;
}

/** Float32 sums in another order: scores of two implementations differ by less. */
const TOLERANCE = 1e-5;
const DIM = 8;

let root = '';
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-index-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
const nextFolder = () => mkdtemp(join(root, `${folders++}-`));
const loadHnsw = (dir: string, dim: number) => HnswIndex.load(dir, dim, { M: 16, efConstruction: 200 });

const IMPLEMENTATIONS: Implementation[] = [
  { name: 'ExactIndex', open: async (dim) => new ExactIndex(dim), load: ExactIndex.load, numRuns: 60 },
  { name: 'HnswIndex', open: async (dim) => new HnswIndex(dim), load: loadHnsw, numRuns: 60 },
  {
    name: 'openThreadedLiveIndex',
    open: async (dim) => openThreadedLiveIndex({ root: await nextFolder(), space: 'test-space', dim }),
    load: loadHnsw,
    numRuns: 12,
  },
];

/** Scores of the whole truth, best first. */
function bruteForce(
  held: ReadonlyMap<string, Float32Array>,
  query: IndexQuery,
  { k, exclude = [], among = [...held.keys()] }: IndexSearchOptions,
): number[] {
  const vector = typeof query === 'string' ? held.get(query) : query;
  if (vector === undefined) throw new Error(`the test asks for ${String(query)}, which is not held`);
  const left = new Set<IndexQuery>([...exclude, query]);
  const asked = new Set(among);
  const scores = [...held].filter(([id]) => asked.has(id) && !left.has(id)).map(([, other]) => dot(vector, other));
  return scores.sort((a, b) => b - a).slice(0, k);
}

/** Everything that an answer always keeps to, whatever was asked. */
function expectAnswer(
  answer: readonly Neighbour[] | undefined,
  held: ReadonlyMap<string, Float32Array>,
  query: IndexQuery,
  options: IndexSearchOptions,
): void {
  const found = answer ?? [];
  const truth = bruteForce(held, query, options);
  const ids = found.map(({ id }) => id);
  expect(ids).toHaveLength(truth.length);
  expect(new Set(ids).size).toBe(ids.length);
  const vector = typeof query === 'string' ? held.get(query) : query;
  for (const [i, { id, score }] of found.entries()) {
    expect(id).not.toBe(query);
    expect(options.exclude ?? []).not.toContain(id);
    if (options.among !== undefined) expect(options.among).toContain(id);
    const stored = held.get(id);
    expect(stored, `${id} is not held`).toBeDefined();
    if (stored === undefined || vector === undefined) continue;
    expect(Math.abs(score - dot(vector, stored))).toBeLessThan(TOLERANCE);
    expect(Math.abs(score - (truth[i] ?? Number.NaN))).toBeLessThan(TOLERANCE);
    expect(Math.abs(score)).toBeLessThanOrEqual(1 + TOLERANCE);
    const next = found[i + 1];
    if (next !== undefined) expect(score > next.score || (score === next.score && id < next.id)).toBe(true);
  }
}

describe.each(IMPLEMENTATIONS)('a vector index: $name', ({ open, load, numRuns }) => {
  let index: VectorIndex;
  let opened: VectorIndex[] = [];
  const openHere = async (dim: number): Promise<VectorIndex> => {
    const here = await open(dim);
    opened.push(here);
    return here;
  };
  beforeEach(async () => {
    index = await openHere(DIM);
  });
  afterEach(async () => {
    await Promise.all(opened.map((here) => here.close()));
    opened = [];
  });

  async function fill(target: VectorIndex, vectors: readonly Float32Array[], prefix = 'p'): Promise<Map<string, Float32Array>> {
    const held = new Map(vectors.map((vector, i) => [`${prefix}${i}`, vector]));
    await target.upsert([...held.keys()], flat(vectors));
    return held;
  }

  it('answers every search as brute force does, after any upserts, replacements and removals', async () => {
    const id = fc.integer({ min: 0, max: 299 }).map((n) => `p${n}`);
    // Few seeds, so that some papers have equal vectors, replacements that change nothing among them.
    const vectorSeed = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.nat());
    const paper = fc.tuple(id, vectorSeed);
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ upsert: fc.array(paper, { minLength: 1, maxLength: 60, size: 'max' }) }) },
      { weight: 1, arbitrary: fc.record({ removeShare: fc.double({ min: 0, max: 1, noNaN: true }), stranger: id }) },
    );
    const ask = fc.record({
      k: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400 })),
      byPaper: fc.boolean(),
      seed: fc.nat(),
      excluded: fc.array(id, { maxLength: 10 }),
      // With repetitions, and papers that are not held.
      among: fc.option(fc.array(id, { maxLength: 400, size: 'max' }), { nil: undefined }),
    });
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(ask, { minLength: 1, maxLength: 4 }),
      async (steps, asks) => {
        const fresh = await open(DIM);
        try {
          const held = new Map<string, Float32Array>();
          for (const action of steps) {
            if ('upsert' in action) {
              const vectors = action.upsert.map(([, seed]) => randomVectors(seed, 1, DIM)[0] ?? new Float32Array(DIM));
              await fresh.upsert(
                action.upsert.map(([paperId]) => paperId),
                flat(vectors),
              );
              for (const [i, [paperId]] of action.upsert.entries()) held.set(paperId, vectors[i] ?? new Float32Array(DIM));
            } else {
              const gone = [...held.keys()].slice(0, Math.round(held.size * action.removeShare));
              await fresh.remove([...gone, action.stranger, ...gone]);
              for (const paperId of [...gone, action.stranger]) held.delete(paperId);
            }
          }
          expect((await fresh.stats()).count).toBe(held.size);
          for (const { k, byPaper, seed, excluded, among } of asks) {
            const ids = [...held.keys()];
            const query: IndexQuery =
              (byPaper ? ids[seed % Math.max(ids.length, 1)] : undefined) ??
              randomVectors(seed, 1, DIM)[0] ??
              new Float32Array(DIM);
            const options = { k, efSearch: 400, exclude: excluded, among };
            const [answer] = await fresh.search([query], options);
            expectAnswer(answer, held, query, options);
          }
        } finally {
          await fresh.close();
        }
      },
    );
    await fc.assert(property, { seed: 42, numRuns });
  });

  it('answers an empty index with nothing, for each query', async () => {
    const [a, b] = randomVectors(1, 2, DIM);
    expect(await index.search([a ?? '', b ?? ''], { k: 5 })).toEqual([[], []]);
    expect(await index.search([], { k: 5 })).toEqual([]);
    expect(await index.vectors([])).toEqual([]);
    expect(await index.stats()).toMatchObject({ count: 0, dim: DIM });
  });

  it('answers queries in the order asked, papers and vectors mixed', async () => {
    const held = await fill(index, randomVectors(2, 40, DIM));
    const queries = ['p3', randomVectors(3, 1, DIM)[0] ?? '', 'p7'];
    const answers = await index.search(queries, { k: 5, efSearch: 400 });
    expect(answers).toHaveLength(3);
    for (const [i, query] of queries.entries()) expectAnswer(answers[i], held, query, { k: 5 });
  });

  it('orders equal scores by id', async () => {
    const [vector = new Float32Array(DIM)] = randomVectors(4, 1, DIM);
    await index.upsert(['c', 'a', 'd', 'b'], flat([vector, vector, vector, vector]));
    const [answer] = await index.search([vector], { k: 10 });
    expect(answer?.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    const [others] = await index.search(['b'], { k: 10 });
    expect(others?.map(({ id }) => id)).toEqual(['a', 'c', 'd']);
  });

  it('gives cosines from 1 for the same direction to -1 for the opposite one', async () => {
    const [vector = new Float32Array(DIM)] = randomVectors(5, 1, DIM);
    await index.upsert(['same', 'opposite'], flat([vector, vector.map((value) => -value)]));
    const [answer] = await index.search([vector], { k: 2 });
    expect(answer?.map(({ id }) => id)).toEqual(['same', 'opposite']);
    expect(answer?.[0]?.score).toBeCloseTo(1, 5);
    expect(answer?.[1]?.score).toBeCloseTo(-1, 5);
  });

  it('gives back the vectors that were put, in the order asked for, undefined where there is none', async () => {
    const held = await fill(index, randomVectors(6, 20, DIM));
    await index.remove(['p4']);
    const [seven, nobody, removed, zero] = await index.vectors(['p7', 'nobody', 'p4', 'p0']);
    expect(nobody).toBeUndefined();
    expect(removed).toBeUndefined();
    for (const [stored, id] of [
      [seven, 'p7'],
      [zero, 'p0'],
    ] as const) {
      expect(stored).toHaveLength(DIM);
      for (const [i, value] of (held.get(id) ?? []).entries())
        expect(Math.abs((stored?.[i] ?? Number.NaN) - value)).toBeLessThan(1e-6);
    }
  });

  it('gives bounds that hold for the cosines of any papers to any vectors', async () => {
    const held = await fill(index, randomVectors(8, 60, DIM));
    await index.remove(['p5']);
    const queries = [
      ...randomVectors(9, 2, DIM),
      ...randomVectors(8, 1, DIM),
      ...randomVectors(10, 1, DIM).map((vector) => vector.map((x) => 3 * x)),
    ];
    const ids = [...held.keys(), 'nobody'];
    const { cosines, errors } = await index.cosines(ids, queries);
    expect(cosines).toHaveLength(ids.length * queries.length);
    for (const [i, id] of ids.entries()) {
      for (const [j, query] of queries.entries()) {
        const near = cosines[i * queries.length + j] ?? 9;
        const vector = id === 'p5' ? undefined : held.get(id);
        if (vector === undefined) expect(near).toBeNaN();
        else expect(Math.abs(near - dot(query, vector))).toBeLessThanOrEqual((errors[i] ?? 0) * Math.hypot(...query) + 1e-6);
      }
    }
    expect((await index.cosines([], queries)).cosines).toHaveLength(0);
  });

  it('has the mean of all papers as its centre, whatever came and went', async () => {
    expect(await index.centre()).toEqual(new Float32Array(DIM));
    const held = await fill(index, randomVectors(11, 80, DIM));
    const moved = randomVectors(12, 5, DIM);
    await index.upsert(['p0', 'p1', 'p2', 'p3', 'p4'], flat(moved));
    for (const [i, vector] of moved.entries()) held.set(`p${i}`, vector);
    const gone = [...held.keys()].slice(2, 30);
    await index.remove(gone);
    for (const id of gone) held.delete(id);
    const centre = await index.centre();
    expect(centre).toHaveLength(DIM);
    for (const [i, value] of centre.entries()) {
      const mean = [...held.values()].reduce((sum, vector) => sum + (vector[i] ?? 0), 0) / held.size;
      // Half a step of int8 at most.
      expect(Math.abs(value - mean)).toBeLessThan(1 / 254);
    }
  });

  it('finds only the papers asked for: each once, without the one asked about, those left out and those not held', async () => {
    const vectors = randomVectors(21, 60, DIM);
    const held = await fill(index, vectors);
    await index.remove(['p9']);
    held.delete('p9');
    const among = ['p4', 'p9', 'p5', 'nobody', 'p4', 'p6', 'p5', 'p7'];
    for (const query of ['p5', 'p20', vectors[3] ?? '']) {
      for (const k of [1, 2, 10]) {
        const options = { k, exclude: ['p6', 'p8'], among };
        const [answer] = await index.search([query], options);
        expectAnswer(answer, held, query, options);
      }
    }
    expect(await index.search(['p5', vectors[3] ?? ''], { k: 5, among: [] })).toEqual([[], []]);
    expect(await index.search(['p5'], { k: 5, among: ['nobody', 'p5', 'p9'] })).toEqual([[]]);
    await expect(index.search(['p9'], { k: 5, among })).rejects.toMatchObject({ code: 'paper_not_found' });
  });

  it('refuses numbers that are not finite as invalid_input and takes nothing of that call', async () => {
    const held = await fill(index, randomVectors(7, 10, DIM));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const vectors = flat(randomVectors(8, 2, DIM));
      vectors[DIM + 3] = bad;
      await expect(index.upsert(['new', 'p0'], vectors)).rejects.toMatchObject({ name: 'AppError', code: 'invalid_input' });
      await expect(index.search([vectors.slice(DIM)], { k: 3 })).rejects.toMatchObject({ code: 'invalid_input' });
    }
    expect((await index.stats()).count).toBe(10);
    const [answer] = await index.search(['p0'], { k: 20, efSearch: 400 });
    expectAnswer(answer, held, 'p0', { k: 20 });
  });

  it('refuses vectors of another length as space_mismatch', async () => {
    await fill(index, randomVectors(9, 3, DIM));
    const refused = { name: 'AppError', code: 'space_mismatch' };
    await expect(index.upsert(['new'], new Float32Array(DIM - 1).fill(0.5))).rejects.toMatchObject(refused);
    await expect(index.upsert(['new', 'newer'], new Float32Array(DIM).fill(0.5))).rejects.toMatchObject(refused);
    await expect(index.upsert([], new Float32Array(DIM).fill(0.5))).rejects.toMatchObject(refused);
    await expect(index.search([new Float32Array(DIM + 1).fill(0.5)], { k: 1 })).rejects.toMatchObject(refused);
    expect((await index.stats()).count).toBe(3);
  });

  it('answers paper_not_found for a paper that is not held, never was or was removed', async () => {
    await fill(index, randomVectors(10, 3, DIM));
    await index.remove(['p1']);
    for (const id of ['nobody', 'p1']) {
      await expect(index.search([id], { k: 1 })).rejects.toMatchObject({
        code: 'paper_not_found',
        message: expect.stringContaining(id),
      });
    }
  });

  it('grows by itself past its first capacity', async () => {
    const held = await fill(index, randomVectors(11, 1_500, DIM));
    await index.upsert(['late'], randomVectors(12, 1, DIM)[0] ?? new Float32Array(DIM));
    held.set('late', randomVectors(12, 1, DIM)[0] ?? new Float32Array(DIM));
    expect((await index.stats()).count).toBe(1_501);
    const options = { k: 2_000, efSearch: 2_000 };
    const [answer] = await index.search(['late'], options);
    expect(answer).toHaveLength(1_500);
    expectAnswer(answer, held, 'late', options);
  });

  it('still gives k papers when most of what it held was removed or replaced', async () => {
    const vectors = randomVectors(13, 1_000, DIM);
    const held = await fill(index, vectors);
    const gone = [...held.keys()].filter((_, i) => i % 20 !== 0);
    await index.remove(gone);
    for (const id of gone) held.delete(id);
    expect((await index.stats()).count).toBe(50);
    // Asked about in the middle of the removed ones, with a narrow search.
    for (const query of [vectors[1] ?? '', vectors[501] ?? '', 'p0']) {
      for (const k of [1, 10, 50, 60]) {
        const [answer] = await index.search([query], { k, efSearch: 10 });
        expect(answer).toHaveLength(Math.min(k, typeof query === 'string' ? 49 : 50));
        for (const { id } of answer ?? []) expect(held.has(id)).toBe(true);
      }
    }
  });

  it('makes no tombstone of a paper that is put again with the same vector', async () => {
    const vectors = randomVectors(14, 30, DIM);
    await fill(index, vectors);
    await fill(index, vectors);
    expect(await index.stats()).toMatchObject({ count: 30, tombstones: 0 });
  });

  it('finds a replaced paper by its new vector alone', async () => {
    const held = await fill(index, randomVectors(15, 30, DIM));
    const [next = new Float32Array(DIM)] = randomVectors(16, 1, DIM);
    await index.upsert(['p5'], next);
    held.set('p5', next);
    expect((await index.stats()).count).toBe(30);
    const [answer] = await index.search([next], { k: 30, efSearch: 400 });
    expect(answer?.[0]?.id).toBe('p5');
    expectAnswer(answer, held, next, { k: 30 });
  });

  it('answers the same after save and load, and takes changes as before', async () => {
    const held = await fill(index, randomVectors(17, 400, DIM));
    await index.upsert(['p1', 'p2'], flat(randomVectors(18, 2, DIM)));
    for (const [i, vector] of randomVectors(18, 2, DIM).entries()) held.set(`p${i + 1}`, vector);
    await index.remove(['p3', 'p4']);
    held.delete('p3');
    held.delete('p4');
    const dir = await nextFolder();
    await index.save(dir);
    const copy = await load(dir, DIM);
    try {
      const queries = ['p0', 'p1', ...randomVectors(19, 10, DIM)];
      for (const options of [
        { k: 10 },
        { k: 10, efSearch: 10 },
        { k: 398, efSearch: 400, exclude: ['p9'] },
        { k: 20, among: [...held.keys()].slice(100) },
      ]) {
        const before = await index.search(queries, options);
        const after = await copy.search(queries, options);
        expect(after.map((answer) => answer.map(({ id }) => id))).toEqual(before.map((answer) => answer.map(({ id }) => id)));
        for (const [i, answer] of after.entries()) {
          for (const [j, { score }] of answer.entries()) expect(Math.abs(score - (before[i]?.[j]?.score ?? 2))).toBeLessThan(1e-6);
        }
      }
      expect((await copy.stats()).count).toBe(398);
      const more = await fill(copy, randomVectors(20, 1_000, DIM), 'new');
      for (const [id, vector] of more) held.set(id, vector);
      const [answer] = await copy.search(['new0'], { k: 20, efSearch: 2_000 });
      expectAnswer(answer, held, 'new0', { k: 20 });
    } finally {
      await copy.close();
    }
  });
});

describe('HnswIndex', () => {
  it('can be saved and loaded while it is empty, and takes papers then', async () => {
    // In a process of its own: memory that native code corrupts would take every other test with it.
    const script = `
      const { HnswIndex } = await import(process.argv[1]);
      const vector = new Float32Array(4).fill(0.5);
      await new HnswIndex(4).save(process.argv[2]);
      const copy = await HnswIndex.load(process.argv[2], 4, { M: 16, efConstruction: 200 });
      const { count } = await copy.stats();
      await copy.upsert(['a', 'b'], new Float32Array([...vector, ...vector]));
      console.log(JSON.stringify({ count, answers: await copy.search([vector], { k: 5 }) }));
    `;
    const module = new URL('../../dist/vectors/hnsw-index.js', import.meta.url).href;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, module, await nextFolder()]);
    expect(JSON.parse(stdout)).toEqual({
      count: 0,
      answers: [
        [
          { id: 'a', score: 1 },
          { id: 'b', score: 1 },
        ],
      ],
    });
  });

  /** Mean share of the true k nearest that were found; a tie counts as found. */
  async function recall(index: VectorIndex, exact: VectorIndex, queries: readonly Float32Array[], k: number, efSearch: number) {
    const [found, truth] = [await index.search(queries, { k, efSearch }), await exact.search(queries, { k })];
    let hits = 0;
    for (const [i, answer] of found.entries()) {
      const worst = truth[i]?.at(-1)?.score ?? 2;
      hits += answer.filter(({ score }) => score >= worst - 1e-6).length;
    }
    return hits / (queries.length * k);
  }

  it('finds at least 95 % of the true ten nearest among 2,000 clustered vectors at efSearch 100', async () => {
    const dim = 64;
    const random = randomNumbers(42);
    const centres = Array.from({ length: 40 }, () => gaussians(random, dim));
    const near = () => {
      const centre = centres[Math.floor(random() * centres.length)] ?? [];
      const noise = gaussians(random, dim);
      return unit(centre.map((value, i) => value + 0.4 * (noise[i] ?? 0)));
    };
    const vectors = Array.from({ length: 2_000 }, near);
    const queries = Array.from({ length: 200 }, near);
    const ids = vectors.map((_, i) => `p${i}`);
    const [hnsw, exact] = [new HnswIndex(dim), new ExactIndex(dim)];
    await hnsw.upsert(ids, flat(vectors));
    await exact.upsert(ids, flat(vectors));
    expect(await recall(hnsw, exact, queries, 10, 100)).toBeGreaterThanOrEqual(0.95);
  });

  it('has the very same centre after a load, and where what came has gone again', async () => {
    const vectors = randomVectors(45, 1_000, 64);
    const ids = vectors.map((_, i) => `p${i}`);
    const index = new HnswIndex(64);
    await index.upsert(ids.slice(0, 600), flat(vectors.slice(0, 600)));
    const before = await index.centre();
    await index.upsert(ids.slice(600), flat(vectors.slice(600)));
    expect(await index.centre()).not.toEqual(before);
    await index.remove(ids.slice(600));
    expect(await index.centre()).toEqual(before);
    const dir = await nextFolder();
    await index.save(dir);
    expect(await (await loadHnsw(dir, 64)).centre()).toEqual(before);
  });

  it('takes the efSearch of each search, after a load as before it', async () => {
    const dim = 64;
    const vectors = randomVectors(43, 2_000, dim);
    const queries = randomVectors(44, 100, dim);
    const ids = vectors.map((_, i) => `p${i}`);
    const [hnsw, exact] = [new HnswIndex(dim), new ExactIndex(dim)];
    await hnsw.upsert(ids, flat(vectors));
    await exact.upsert(ids, flat(vectors));
    const dir = await nextFolder();
    await hnsw.save(dir);
    const loaded = await loadHnsw(dir, dim);
    for (const index of [hnsw, loaded]) {
      const wide = await recall(index, exact, queries, 10, 800);
      const narrow = await recall(index, exact, queries, 10, 10);
      expect(wide).toBeGreaterThanOrEqual(0.98);
      expect(narrow).toBeLessThan(wide - 0.1);
      expect(await recall(index, exact, queries, 10, 800)).toBe(wide);
    }
  });
});
