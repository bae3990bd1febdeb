// Covers the fusion of two rankings: what is ranked, within which bounds, and that a better score never hurts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuse, fuseInBlocks } from '#dist/recommend/fusion.js';
import type { Ranked } from '#dist/recommend/list.js';

/** Sums of a few floats in another order differ by less. */
const TOLERANCE = 1e-9;
const RUNS = { seed: 42, numRuns: 500 };

const rankingOf = (min: number, max: number) =>
  fc
    .uniqueArray(
      fc.record({ id: fc.integer({ min: 0, max: 15 }).map((n) => `p${n}`), score: fc.double({ min, max, noNaN: true }) }),
      {
        selector: ({ id }) => id,
        maxLength: 16,
      },
    )
    .map((list): Ranked[] => list.sort((a, b) => b.score - a.score));
const dense = rankingOf(-1, 1);
const lexical = rankingOf(0.1, 30);

describe('fuse', () => {
  it('ranks every paper of either ranking once, best first, equal scores by id, between 0 and 1', () => {
    const property = fc.property(dense, lexical, (one, other) => {
      const hits = fuse(one, other);
      expect(hits.map(({ id }) => id).sort()).toEqual([...new Set([...one, ...other].map(({ id }) => id))].sort());
      for (const [i, { id, score }] of hits.entries()) {
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1 + TOLERANCE);
        const next = hits[i + 1];
        if (next !== undefined) expect(score > next.score || (score === next.score && id < next.id)).toBe(true);
      }
    });
    fc.assert(property, RUNS);
  });

  it('gives 1 to a paper that is first in both', () => {
    const property = fc.property(dense, lexical, (one, other) => {
      const hits = fuse([{ id: 'first', score: 2 }, ...one], [{ id: 'first', score: 40 }, ...other]);
      expect(hits[0]?.id).toBe('first');
      expect(Math.abs((hits[0]?.score ?? 0) - 1)).toBeLessThan(TOLERANCE);
    });
    fc.assert(property, RUNS);
  });

  it('never gives a paper a worse place for more words of the query', () => {
    const property = fc.property(
      dense,
      lexical,
      fc.nat({ max: 15 }),
      fc.double({ min: 0, max: 5, noNaN: true }),
      (one, other, at, more) => {
        const risen = other[at % Math.max(1, other.length)];
        if (risen === undefined) return;
        // Below the greatest: that one is what all others are measured by.
        const score = Math.min(risen.score + more, other[0]?.score ?? 0);
        const better = other.map((hit) => (hit === risen ? { ...hit, score } : hit)).sort((a, b) => b.score - a.score);
        const place = (hits: readonly Ranked[]) => hits.findIndex(({ id }) => id === risen.id);
        expect(place(fuse(one, better))).toBeLessThanOrEqual(place(fuse(one, other)));
      },
    );
    fc.assert(property, RUNS);
  });

  it('keeps the order of a ranking where the other is empty', () => {
    const property = fc.property(lexical, (list) => {
      const scores = new Map(list.map(({ id, score }) => [id, score]));
      for (const hits of [fuse(list, []), fuse([], list)]) {
        for (const [i, { id }] of hits.entries())
          expect(scores.get(id)).toBeLessThanOrEqual((scores.get(hits[i - 1]?.id ?? id) ?? 0) + TOLERANCE);
      }
    });
    fc.assert(property, RUNS);
    expect(fuse([], [])).toEqual([]);
  });

  it('is two fifths of the cosine from the least to the greatest, and three of the share of the greatest BM25', () => {
    const cosines = [
      { id: 'a', score: 0.9 },
      { id: 'b', score: 0.6 },
      { id: 'c', score: 0.5 },
    ];
    const words = [
      { id: 'b', score: 8 },
      { id: 'd', score: 6 },
    ];
    expect(fuse(cosines, words)).toEqual([
      { id: 'b', score: expect.closeTo(0.4 * 0.25 + 0.6, 9) },
      { id: 'd', score: expect.closeTo(0.6 * 0.75, 9) },
      { id: 'a', score: expect.closeTo(0.4, 9) },
      { id: 'c', score: 0 },
    ]);
  });
});

describe('fuseInBlocks', () => {
  it('begins as the shorter list does, names every paper once, and its scores never rise', () => {
    const property = fc.property(
      dense,
      lexical,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 9, max: 16 }),
      (one, other, first, second) => {
        const short = fuseInBlocks(one, other, [first]);
        const long = fuseInBlocks(one, other, [first, second]);
        expect(long.slice(0, short.length)).toEqual(short);
        const ids = long.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBe(new Set([...one.slice(0, second), ...other.slice(0, second)].map(({ id }) => id)).size);
        for (const [i, { score }] of long.entries()) expect(score).toBeLessThanOrEqual((long[i - 1]?.score ?? 1) + TOLERANCE);
      },
    );
    fc.assert(property, RUNS);
  });
});
