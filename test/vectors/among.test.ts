// Covers the exact search among some papers on HNSW: against the exact index, between changes, and what is on disk.
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import type { Neighbour } from '#dist/vectors/vector-index.js';
import { dot, flat, gaussians, randomNumbers, randomVectors, unit } from './vectors.ts';

const PARAMETERS = { M: 16, efConstruction: 200 };
/** Two sums of the same numbers in another order differ by less; so near a score, either paper may be the k-th. */
const TOLERANCE = 1e-6;
/** Looking these up takes tens of milliseconds: a scan with them has to stop in between. */
const STRANGERS = Array.from({ length: 1_000_000 }, (_, i) => `stranger-${i}`);

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});
async function nextFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'paperkin-among-'));
  folders.push(folder);
  return folder;
}

/** Vectors around few centres; the noise of 0 makes equal ones, 1e-4 such that int8 cannot tell apart. */
function clustered(seed: number, count: number, dim: number, noise: number): Float32Array[] {
  const random = randomNumbers(seed);
  const centres = Array.from({ length: 5 }, () => gaussians(random, dim));
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(random() * centres.length)] ?? [];
    const off = gaussians(random, dim);
    return unit(centre.map((value, i) => value + noise * (off[i] ?? 0)));
  });
}

function expectSame(found: readonly Neighbour[], truth: readonly Neighbour[]): void {
  expect(found).toHaveLength(truth.length);
  for (const [i, { id, score }] of found.entries()) {
    expect(Math.abs(score - (truth[i]?.score ?? 2))).toBeLessThan(TOLERANCE);
    if (id === truth[i]?.id) continue;
    // Only where the two cannot be told apart.
    expect(Math.abs(score - (truth.find((other) => other.id === id)?.score ?? truth.at(-1)?.score ?? 2))).toBeLessThan(TOLERANCE);
  }
}

describe('HNSW among some papers', () => {
  it('finds what the exact index finds, whatever is removed and replaced', async () => {
    const share = fc.oneof(fc.constant(1), fc.constant(0.5), fc.constant(0.1), fc.constant(0.02), fc.constant(0));
    const round = fc.record({ removed: fc.nat({ max: 30 }), replaced: fc.nat({ max: 30 }), share, k: fc.constantFrom(1, 10, 100) });
    const corpus = fc.record({
      seed: fc.nat(),
      count: fc.integer({ min: 1, max: 400 }),
      dim: fc.constantFrom(3, 16, 49),
      noise: fc.constantFrom(0, 1e-4, 0.02, 0.5),
      rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
    });
    const property = fc.asyncProperty(corpus, async ({ seed, count, dim, noise, rounds }) => {
      const random = randomNumbers(seed);
      const vectors = clustered(seed, 2 * count + 10, dim, noise);
      const ids = Array.from({ length: count }, (_, i) => `p${i}`);
      const [hnsw, exact] = [new HnswIndex(dim), new ExactIndex(dim)];
      const some = (n: number) => Array.from({ length: n }, () => ids[Math.floor(random() * count)] ?? '');
      await Promise.all([hnsw, exact].map((index) => index.upsert(ids, flat(vectors.slice(0, count)))));
      for (const { removed, replaced, share: asked, k } of rounds) {
        const gone = some(removed);
        const newer = [...new Set(some(replaced))];
        const first = count + Math.floor(random() * count);
        const moved = flat(newer.map((_, i) => vectors[first + (i % 10)] ?? new Float32Array(dim)));
        for (const index of [hnsw, exact]) {
          await index.remove(gone);
          await index.upsert(newer, moved);
        }
        const among = asked === 1 ? ids : [...ids.filter(() => random() < asked), ...some(5)];
        const queries = vectors.slice(-3);
        const [found, truth] = [await hnsw.search(queries, { k, among }), await exact.search(queries, { k, among })];
        for (const [i, answer] of found.entries()) expectSame(answer, truth[i] ?? []);
      }
      await Promise.all([hnsw.close(), exact.close()]);
    });
    await fc.assert(property, { seed: 42, numRuns: 60 });
  });

  it('lets others have their turn during a long scan', async () => {
    const index = new HnswIndex(8);
    await index.upsert(['a'], unit([1, 2, 3, 4, 5, 6, 7, 8]));
    let turns = 0;
    let scanning = true;
    const answered = index.search([unit([1, 1, 1, 1, 1, 1, 1, 1])], { k: 1, among: [...STRANGERS, 'a'] }).finally(() => {
      scanning = false;
    });
    while (scanning) {
      await nextTurn();
      turns++;
    }
    expect((await answered)[0]?.map(({ id }) => id)).toEqual(['a']);
    expect(turns).toBeGreaterThan(2);
  });

  it('finds no paper that was removed and no vector that was replaced during the scan', async () => {
    const dim = 16;
    const vectors = randomVectors(1, 500, dim);
    const ids = vectors.map((_, i) => `p${i}`);
    const [hnsw, exact] = [new HnswIndex(dim), new ExactIndex(dim)];
    await Promise.all([hnsw, exact].map((index) => index.upsert(ids, flat(vectors))));
    const [query = new Float32Array(dim)] = randomVectors(2, 1, dim);
    const [before = []] = await exact.search([query], { k: 20 });
    const best = before.map(({ id }) => id);
    const away = flat(best.slice(10).map(() => query.map((value) => -value)));
    // Seen in the first slice, and gone before the last.
    const answered = hnsw.search([query], { k: 10, among: [...ids, ...STRANGERS] });
    for (const index of [hnsw, exact]) {
      await index.remove(best.slice(0, 10));
      await index.upsert(best.slice(10), away);
      await index.upsert(['new'], query);
    }
    const [found = []] = await answered;
    const [truth = []] = await exact.search([query], { k: 10, among: ids });
    expect(found.map(({ id }) => id)).toEqual(truth.map(({ id }) => id));
    expectSame(found, truth);
  });

  it('finds each paper once, at one of its vectors, when all of them are replaced during the scan', async () => {
    const dim = 8;
    const [before, after] = [randomVectors(3, 300, dim), randomVectors(4, 300, dim)];
    const ids = before.map((_, i) => `p${i}`);
    const index = new HnswIndex(dim);
    await index.upsert(ids, flat(before));
    const [query = new Float32Array(dim)] = randomVectors(5, 1, dim);
    const among = [...ids.slice(0, 150), ...STRANGERS, ...ids];
    const [answers] = await Promise.all([index.search([query], { k: 50, among }), index.upsert(ids, flat(after))]);
    const found = answers[0] ?? [];
    expect(found).toHaveLength(50);
    expect(new Set(found.map(({ id }) => id)).size).toBe(50);
    for (const { id, score } of found) {
      const i = ids.indexOf(id);
      const scores = [before[i], after[i]].map((vector) => dot(vector ?? new Float32Array(dim), query));
      expect(Math.min(...scores.map((one) => Math.abs(one - score)))).toBeLessThan(TOLERANCE);
    }
  });

  it('says that a file of rows of the wrong size is damaged', async () => {
    const index = new HnswIndex(8);
    const vectors = randomVectors(6, 20, 8);
    await index.upsert(
      vectors.map((_, i) => `p${i}`),
      flat(vectors),
    );
    const dir = await nextFolder();
    await index.save(dir);
    const file = join(dir, 'rows.i8');
    const { size } = await stat(file);
    expect(size).toBe(20 * (8 + 8));
    for (const wrong of [0, size - 1, size + 1]) {
      await truncate(file, wrong);
      await expect(HnswIndex.load(dir, 8, PARAMETERS)).rejects.toMatchObject({
        code: 'generation_damaged',
        message: expect.stringContaining(file),
      });
    }
  });
});
