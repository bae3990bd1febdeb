// Covers reciprocal rank fusion: what is ranked, within which bounds, and that a better rank never hurts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseInBlocks, reciprocalRankFusion } from '#dist/recommend/fusion.js';

/** Sums of a few reciprocals in another order differ by less. */
const TOLERANCE = 1e-9;
const RUNS = { seed: 42, numRuns: 500 };

const id = fc.integer({ min: 0, max: 15 }).map((n) => `p${n}`);
const ranking = fc.uniqueArray(id, { maxLength: 16 });
const rankings = fc.array(ranking, { minLength: 1, maxLength: 5 });

const fuse = (lists: readonly (readonly string[])[]) =>
  reciprocalRankFusion(lists.map((list) => list.map((paper) => ({ id: paper }))));

describe('reciprocalRankFusion', () => {
  it('ranks every paper of any ranking once, and no other', () => {
    const property = fc.property(rankings, (lists) => {
      const ids = fuse(lists).map((hit) => hit.id);
      expect([...ids].sort()).toEqual([...new Set(lists.flat())].sort());
    });
    fc.assert(property, RUNS);
  });

  it('gives scores above 0 and at most 1, best first, equal scores by id', () => {
    const property = fc.property(rankings, (lists) => {
      const hits = fuse(lists);
      for (const [i, { id: paper, score }] of hits.entries()) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1 + TOLERANCE);
        const next = hits[i + 1];
        if (next !== undefined) expect(score > next.score || (score === next.score && paper < next.id)).toBe(true);
      }
    });
    fc.assert(property, RUNS);
  });

  it('gives 1 to a paper that is first in all rankings, and to no other', () => {
    const property = fc.property(rankings, (lists) => {
      const hits = fuse(lists.map((list) => ['first', ...list]));
      expect(hits[0]?.id).toBe('first');
      expect(Math.abs((hits[0]?.score ?? 0) - 1)).toBeLessThan(TOLERANCE);
      for (const { score } of hits.slice(1)) expect(score).toBeLessThan(1 - 1e-3);
    });
    fc.assert(property, RUNS);
  });

  it('never gives a paper a lower score or place for a better rank in one ranking', () => {
    const property = fc.property(rankings, fc.nat(), fc.nat(), (lists, which, where) => {
      const list = lists[which % lists.length] ?? [];
      if (list.length < 2) return;
      const from = 1 + (where % (list.length - 1));
      const [above = '', risen = ''] = list.slice(from - 1, from + 1);
      const better = lists.map((other) =>
        other === list ? [...list.slice(0, from - 1), risen, above, ...list.slice(from + 1)] : other,
      );
      const place = (hits: ReturnType<typeof fuse>) => hits.findIndex((hit) => hit.id === risen);
      const [before, after] = [fuse(lists), fuse(better)];
      expect(after[place(after)]?.score ?? 0).toBeGreaterThan(before[place(before)]?.score ?? 2);
      expect(place(after)).toBeLessThanOrEqual(place(before));
    });
    fc.assert(property, RUNS);
  });

  it('does not depend on the order of the rankings', () => {
    const property = fc.property(rankings, (lists) => {
      const forwards = new Map(fuse(lists).map((hit) => [hit.id, hit.score]));
      for (const { id: paper, score } of fuse([...lists].reverse())) {
        expect(Math.abs(score - (forwards.get(paper) ?? 2))).toBeLessThan(TOLERANCE);
      }
    });
    fc.assert(property, RUNS);
  });

  it('is the formula of Cormack et al. with k = 60, scaled by its best', () => {
    const best = 2 / 61;
    expect(fuse([['a', 'b'], ['b']])).toEqual([
      { id: 'b', score: expect.closeTo((1 / 62 + 1 / 61) / best, 9) },
      { id: 'a', score: expect.closeTo(1 / 61 / best, 9) },
    ]);
  });

  it('answers no rankings, and empty ones, with nothing', () => {
    expect(fuse([])).toEqual([]);
    expect(fuse([[], []])).toEqual([]);
  });
});

describe('fuseInBlocks', () => {
  const listed = (lists: readonly (readonly string[])[]) => lists.map((list) => list.map((paper) => ({ id: paper })));

  it('begins as the shorter list does, names every paper once, and its scores never rise', () => {
    const property = fc.property(
      rankings,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 9, max: 16 }),
      (lists, first, second) => {
        const short = fuseInBlocks(listed(lists), [first]);
        const long = fuseInBlocks(listed(lists), [first, second]);
        expect(long.slice(0, short.length)).toEqual(short);
        expect(new Set(long.map(({ id: paper }) => paper)).size).toBe(long.length);
        expect(long.length).toBe(new Set(lists.flatMap((list) => list.slice(0, second))).size);
        for (const [i, { score }] of long.entries()) expect(score).toBeLessThanOrEqual((long[i - 1]?.score ?? 1) + TOLERANCE);
      },
    );
    fc.assert(property, RUNS);
  });

  it('is plain fusion where one block holds everything', () => {
    fc.assert(
      fc.property(rankings, (lists) => expect(fuseInBlocks(listed(lists), [16])).toEqual(fuse(lists))),
      RUNS,
    );
  });
});
