// Covers the neighbours that an index keeps ready: against brute force after any changes, on disk, and beside other work.
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import { type LiveIndex, openLiveIndex } from '#dist/vectors/live-index.js';
import { rememberNeighbours } from '#dist/vectors/remembered-neighbours.js';
import { openThreadedLiveIndex } from '#dist/vectors/threaded-live-index.js';
import { KEPT, type Neighbour, type VectorIndex } from '#dist/vectors/vector-index.js';
import { dot, flat, gaussians, randomNumbers, randomVectors, unit } from './vectors.ts';

/** Float32 sums in another order: scores of two implementations differ by less. */
const TOLERANCE = 1e-5;
const DIM = 8;
const SPACE = 'test-space';
const PARAMETERS = { M: 16, efConstruction: 200 };

let root = '';
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-neighbours-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
const nextFolder = () => mkdtemp(join(root, `${folders++}-`));

async function keepAll(index: HnswIndex): Promise<void> {
  while (await index.keepOne());
}

interface Implementation {
  name: string;
  open(): Promise<VectorIndex>;
  /** Makes ready what can be. */
  keep(index: VectorIndex): Promise<void>;
  numRuns: number;
}

const openThreaded = async () => openThreadedLiveIndex({ root: await nextFolder(), space: SPACE, dim: DIM });
const keepLive = async (index: VectorIndex) => (index as LiveIndex).keepAll();

const IMPLEMENTATIONS: Implementation[] = [
  { name: 'ExactIndex', open: async () => new ExactIndex(DIM), keep: async () => undefined, numRuns: 30 },
  { name: 'HnswIndex', open: async () => new HnswIndex(DIM), keep: async (index) => keepAll(index as HnswIndex), numRuns: 30 },
  { name: 'openThreadedLiveIndex', open: openThreaded, keep: keepLive, numRuns: 6 },
  { name: 'rememberNeighbours', open: async () => rememberNeighbours(await openThreaded()), keep: keepLive, numRuns: 6 },
];

function truthOf(held: ReadonlyMap<string, Float32Array>, id: string, k: number): number[] {
  const vector = held.get(id) ?? new Float32Array(DIM);
  const scores = [...held].filter(([other]) => other !== id).map(([, other]) => dot(vector, other));
  return scores.sort((a, b) => b - a).slice(0, k);
}

/** All but that they are the nearest: who is there, each once, at its true score, in order, as many as there are. */
function expectSound(found: readonly Neighbour[], held: ReadonlyMap<string, Float32Array>, id: string, k: number): void {
  const vector = held.get(id) ?? new Float32Array(0);
  expect(found).toHaveLength(Math.min(k, held.size - 1));
  expect(new Set(found.map((one) => one.id)).size).toBe(found.length);
  for (const [i, one] of found.entries()) {
    expect(one.id).not.toBe(id);
    const stored = held.get(one.id);
    expect(stored, `${one.id} is not held`).toBeDefined();
    if (stored !== undefined) expect(Math.abs(one.score - dot(vector, stored))).toBeLessThan(TOLERANCE);
    const next = found[i + 1];
    if (next !== undefined) expect(one.score > next.score || (one.score === next.score && one.id < next.id)).toBe(true);
  }
}

function hits(found: readonly Neighbour[], truth: readonly number[]): number {
  const last = truth.at(-1) ?? 0;
  return found.slice(0, truth.length).filter(({ score }) => score >= last - TOLERANCE).length;
}

describe.each(IMPLEMENTATIONS)('the neighbours that an index keeps: $name', ({ open, keep, numRuns }) => {
  it('are those of brute force after any upserts, replacements and removals', async () => {
    const id = fc.integer({ min: 0, max: 249 }).map((n) => `p${n}`);
    // Few seeds, so that some papers have equal vectors.
    const paper = fc.tuple(id, fc.oneof(fc.integer({ min: 0, max: 5 }), fc.nat()));
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ upsert: fc.array(paper, { minLength: 1, maxLength: 80, size: 'max' }) }) },
      { weight: 1, arbitrary: fc.record({ removeShare: fc.double({ min: 0, max: 1, noNaN: true }) }) },
      { weight: 2, arbitrary: fc.constant('keep' as const) },
    );
    let found10 = 0;
    let wanted10 = 0;
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: KEPT }),
      async (steps, k) => {
        const index = await open();
        try {
          const held = new Map<string, Float32Array>();
          for (const action of steps) {
            if (action === 'keep') await keep(index);
            else if ('upsert' in action) {
              const vectors = action.upsert.map(([, seed]) => randomVectors(seed, 1, DIM)[0] ?? new Float32Array(DIM));
              await index.upsert(
                action.upsert.map(([paperId]) => paperId),
                flat(vectors),
              );
              for (const [i, [paperId]] of action.upsert.entries()) held.set(paperId, vectors[i] ?? new Float32Array(DIM));
            } else {
              const gone = [...held.keys()].slice(0, Math.round(held.size * action.removeShare));
              await index.remove(gone);
              for (const paperId of gone) held.delete(paperId);
            }
            // Ready or not: what is answered is right.
            for (const paperId of [...held.keys()].slice(0, 3)) {
              const now = await index.neighbours(paperId, k);
              if (now !== undefined) expectSound(now, held, paperId, k);
            }
          }
          await keep(index);
          for (const paperId of held.keys()) {
            // What went may have left too few; the next step finds more.
            if ((await index.neighbours(paperId, k)) === undefined) await keep(index);
            const now = await index.neighbours(paperId, k);
            expect(now, `the neighbours of ${paperId} are not ready`).toBeDefined();
            if (now === undefined) continue;
            expectSound(now, held, paperId, k);
            const truth = truthOf(held, paperId, Math.min(k, 10));
            wanted10 += truth.length;
            found10 += hits(now, truth);
          }
        } finally {
          await index.close();
        }
      },
    );
    await fc.assert(property, { seed: 42, numRuns });
    expect(found10 / wanted10).toBeGreaterThanOrEqual(0.99);
  });

  it('are of papers that are held alone', async () => {
    const index = await open();
    await index.upsert(['a'], randomVectors(1, 1, DIM)[0] ?? new Float32Array(DIM));
    await keep(index);
    expect(await index.neighbours('a', 5)).toEqual([]);
    for (const id of ['nobody', 'gone']) {
      await index.remove(['gone']);
      await expect(index.neighbours(id, 1)).rejects.toMatchObject({ code: 'paper_not_found' });
    }
    await index.close();
  });
});

/** Half of them in dense clusters, half around these: to a paper at the edge many are near that have nearer ones by far. */
function denseAndSparse(count: number, dim: number): Float32Array {
  const random = randomNumbers(11);
  const centres = Array.from({ length: 12 }, () => unit(gaussians(random, dim)));
  return flat(
    Array.from({ length: count }, (_, i) => {
      const centre = centres[Math.floor(random() * centres.length)] ?? [];
      const noise = unit(gaussians(random, dim));
      return unit(Array.from(centre, (value, d) => value + (i % 2 === 0 ? 0.3 : 1.2) * (noise[d] ?? 0)));
    }),
  );
}

describe('HnswIndex', () => {
  const papers = (vectors: readonly Float32Array[], prefix = 'p') => vectors.map((_, i) => `${prefix}${i}`);

  it('keeps recall@10 of .99 and more while it doubles, replaces and removes, of vectors as texts have them', async () => {
    const [dim, count] = [48, 3_000];
    const data = denseAndSparse(count, dim);
    const ids = Array.from({ length: count }, (_, i) => `p${i}`);
    const row = (i: number) => data.subarray(i * dim, (i + 1) * dim);
    const random = randomNumbers(12);
    const [index, exact] = [new HnswIndex(dim), new ExactIndex(dim)];
    const both = async (change: (one: VectorIndex) => Promise<void>) => {
      for (const one of [index, exact]) await change(one);
    };
    await both((one) => one.upsert(ids.slice(0, 1_500), data.subarray(0, 1_500 * dim)));
    await keepAll(index);
    for (let from = 1_500; from < count; from += 100) {
      await both((one) => one.upsert(ids.slice(from, from + 100), data.subarray(from * dim, (from + 100) * dim)));
      const replaced = Array.from({ length: 10 }, () => Math.floor(random() * from));
      await both((one) =>
        one.upsert(
          replaced.map((i) => ids[i] ?? ''),
          flat(replaced.map((i) => row((i + 7) % count))),
        ),
      );
      const removed = Array.from({ length: 5 }, () => ids[Math.floor(random() * from)] ?? '');
      await both((one) => one.remove(removed));
      // Not to the end: lists that were found long ago would be found again.
      for (let step = 0; index.unkept > 0 && step < 200; step++) await index.keepOne();
    }
    let found = 0;
    let wanted = 0;
    for (const id of ids) {
      const now = await index.neighbours(id, 10).catch(() => undefined);
      if (now === undefined) continue;
      const [truth = []] = await exact.search([id], { k: 10 });
      wanted += truth.length;
      found += hits(
        now,
        truth.map(({ score }) => score),
      );
    }
    expect(wanted).toBeGreaterThan(25_000);
    expect(found / wanted).toBeGreaterThanOrEqual(0.99);
  });

  it('has nothing ready of a paper that has just come, nor of one that may be near it, until it has been looked at', async () => {
    const vectors = randomVectors(2, 100, DIM);
    const index = new HnswIndex(DIM);
    await index.upsert(papers(vectors), flat(vectors));
    expect(await index.neighbours('p0', 10)).toBeUndefined();
    expect(await index.stats()).toMatchObject({ kept: 0 });
    await keepAll(index);
    expect(await index.neighbours('p0', 10)).toHaveLength(10);
    expect(await index.stats()).toMatchObject({ kept: 100 });
    await index.upsert(['twin'], vectors[0] ?? new Float32Array(DIM));
    expect(await index.neighbours('p0', 10)).toBeUndefined();
    expect(index.unkept).toBe(1);
    await index.keepOne();
    expect((await index.neighbours('p0', 10))?.[0]?.id).toBe('twin');
    expect((await index.neighbours('twin', 10))?.[0]?.id).toBe('p0');
  });

  it('passes over what was removed at once, and finds a list again that has become too short', async () => {
    const vectors = randomVectors(3, 300, DIM);
    const index = new HnswIndex(DIM);
    await index.upsert(papers(vectors), flat(vectors));
    await keepAll(index);
    const before = (await index.neighbours('p0', KEPT)) ?? [];
    await index.remove(before.slice(0, 5).map(({ id }) => id));
    expect(await index.neighbours('p0', 10)).toEqual(before.slice(5, 15));
    expect(await index.neighbours('p0', KEPT)).toBeUndefined();
    await index.keepOne();
    const after = (await index.neighbours('p0', KEPT)) ?? [];
    expect(after).toHaveLength(KEPT);
    expect(after.slice(0, KEPT - 5)).toEqual(before.slice(5));
  });

  it('has none of more than it keeps', async () => {
    const vectors = randomVectors(4, 100, DIM);
    const index = new HnswIndex(DIM);
    await index.upsert(papers(vectors), flat(vectors));
    await keepAll(index);
    expect(await index.neighbours('p0', KEPT + 1)).toBeUndefined();
  });

  it('has them ready when it is loaded, and finds them again where an older version wrote none', async () => {
    const vectors = randomVectors(5, 200, DIM);
    const index = new HnswIndex(DIM);
    await index.upsert(papers(vectors), flat(vectors));
    await index.remove(['p7']);
    await keepAll(index);
    const dir = await nextFolder();
    await index.save(dir);
    const answersOf = async (one: HnswIndex) => Promise.all([0, 1, 2].map((i) => one.neighbours(`p${i}`, 20)));
    const answers = await answersOf(index);
    const loaded = await HnswIndex.load(dir, DIM, PARAMETERS);
    expect(await loaded.stats()).toMatchObject({ kept: 199 });
    expect(await loaded.keepOne()).toBe(false);
    expect(await answersOf(loaded)).toEqual(answers);
    await rm(join(dir, 'neighbours.u32'));
    const older = await HnswIndex.load(dir, DIM, PARAMETERS);
    expect(await older.stats()).toMatchObject({ kept: 0 });
    expect(await older.neighbours('p0', 20)).toBeUndefined();
    await keepAll(older);
    expect(await answersOf(older)).toEqual(answers);
  });

  it('leaves nothing to be found again, however growing and finding took turns', async () => {
    const turn = fc.record({ add: fc.integer({ min: 1, max: 120 }), steps: fc.integer({ min: 0, max: 200 }) });
    const property = fc.asyncProperty(fc.array(turn, { minLength: 4, maxLength: 12 }), async (turns) => {
      const vectors = randomVectors(8, 12 * 120, DIM);
      const index = new HnswIndex(DIM);
      let count = 0;
      for (const { add, steps } of turns) {
        const added = vectors.slice(count, count + add);
        await index.upsert(papers(vectors).slice(count, count + add), flat(added));
        count += add;
        for (let step = 0; step < steps; step++) await index.keepOne();
      }
      await keepAll(index);
      const dir = await nextFolder();
      await index.save(dir);
      expect(await (await HnswIndex.load(dir, DIM, PARAMETERS)).keepOne()).toBe(false);
    });
    await fc.assert(property, { seed: 42, numRuns: 8 });
  });

  it('saves what is ready while the rest is being found, whole', async () => {
    const vectors = randomVectors(6, 400, DIM);
    const index = new HnswIndex(DIM);
    await index.upsert(papers(vectors), flat(vectors));
    for (let i = 0; i < 100; i++) await index.keepOne();
    const dir = await nextFolder();
    await Promise.all([index.save(dir), keepAll(index)]);
    const loaded = await HnswIndex.load(dir, DIM, PARAMETERS);
    await keepAll(loaded);
    for (const id of papers(vectors)) expect(await loaded.neighbours(id, KEPT)).toEqual(await index.neighbours(id, KEPT));
  });

  it('says that a file of neighbours of the wrong size is damaged', async () => {
    const vectors = randomVectors(7, 20, DIM);
    const index = new HnswIndex(DIM);
    await index.upsert(papers(vectors), flat(vectors));
    const dir = await nextFolder();
    await index.save(dir);
    const file = join(dir, 'neighbours.u32');
    const { size } = await stat(file);
    expect(size).toBe(20 * (4 + 8 * KEPT));
    for (const wrong of [0, size - 1, size + 1]) {
      await truncate(file, wrong);
      await expect(HnswIndex.load(dir, DIM, PARAMETERS)).rejects.toMatchObject({
        code: 'generation_damaged',
        message: expect.stringContaining(file),
      });
    }
  });
});

describe('a live index', () => {
  let live: LiveIndex | undefined;
  afterEach(async () => {
    await live?.close();
    live = undefined;
  });

  it('makes them ready by itself, lets everything else in between, and publishes them', async () => {
    const vectors = randomVectors(8, 600, DIM);
    const folder = await nextFolder();
    live = await openLiveIndex({ root: folder, space: SPACE, dim: DIM });
    await live.upsert(
      vectors.map((_, i) => `p${i}`),
      flat(vectors),
    );
    let turns = 0;
    let kept = 0;
    // So many at once are left until nothing comes for two seconds.
    for (const until = performance.now() + 20_000; kept < 600 && performance.now() < until; turns++) {
      kept = (await live.stats()).kept;
      await nextTurn();
    }
    expect(kept).toBe(600);
    expect(turns).toBeGreaterThan(600);
    const answer = await live.neighbours('p0', 20);
    await live.publish(1);
    await live.close();
    live = await openLiveIndex({ root: folder, space: SPACE, dim: DIM });
    expect(await live.neighbours('p0', 20)).toEqual(answer);
  });

  it('makes a few newcomers ready at once', async () => {
    live = await openLiveIndex({ root: await nextFolder(), space: SPACE, dim: DIM });
    const vectors = randomVectors(9, 30, DIM);
    await live.upsert(
      vectors.map((_, i) => `p${i}`),
      flat(vectors),
    );
    await expect.poll(() => live?.neighbours('p0', 10), { timeout: 1_500, interval: 20 }).toHaveLength(10);
  });
});

describe('remembered neighbours', () => {
  it('are those of the index after every change, and the same list while there is none', async () => {
    const index = rememberNeighbours(await openThreaded());
    const vectors = randomVectors(10, 80, DIM);
    await index.upsert(
      vectors.map((_, i) => `p${i}`),
      flat(vectors),
    );
    await index.keepAll();
    const first = await index.neighbours('p0', 20);
    expect(await index.neighbours('p0', 20)).toBe(first);
    expect(await index.neighbours('p0', 5)).toEqual(first?.slice(0, 5));
    const { turn } = index;
    await index.remove([first?.[0]?.id ?? '']);
    expect(index.turn).toBeGreaterThan(turn);
    expect(await index.neighbours('p0', 10)).toEqual(first?.slice(1, 11));
    await index.upsert(['twin'], vectors[0] ?? new Float32Array(DIM));
    await index.keepAll();
    expect((await index.neighbours('p0', 10))?.[0]?.id).toBe('twin');
    await index.close();
  });
});
