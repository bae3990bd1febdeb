/** The measures that the quality bench reports, against values worked out by hand and against what must always hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedReciprocalRank, ndcgAtK, precisionAtK, recallAtK, reciprocalRankAtK } from '#dist/evaluation/metrics.js';

const judgements = new Map([
  ['a', 3],
  ['b', 1],
  ['c', 0],
  ['d', 2],
]);

describe('by hand', () => {
  it('nDCG divides the discounted gain by that of the best order', () => {
    const found = 1 / Math.log2(2) + 3 / Math.log2(4);
    const best = 3 / Math.log2(2) + 2 / Math.log2(3) + 1 / Math.log2(4);
    expect(ndcgAtK(['b', 'x', 'a'], judgements, 3)).toBeCloseTo(found / best, 12);
  });

  it('recall, precision and reciprocal rank count what is relevant', () => {
    const ranking = ['c', 'x', 'd', 'b', 'a'];
    expect(recallAtK(ranking, judgements, 4)).toBeCloseTo(2 / 3, 12);
    expect(precisionAtK(ranking, judgements, 4)).toBe(0.5);
    expect(reciprocalRankAtK(ranking, judgements, 10)).toBeCloseTo(1 / 3, 12);
    expect(reciprocalRankAtK(ranking, judgements, 2)).toBe(0);
  });

  it('a random order of two with one relevant has it first every other time', () => {
    expect(expectedReciprocalRank(2, 1)).toBeCloseTo((1 + 1 / 2) / 2, 12);
    expect(expectedReciprocalRank(5, 5)).toBe(1);
    expect(expectedReciprocalRank(5, 0)).toBe(0);
  });
});

const grades = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 15 });

describe('always', () => {
  it('a measure is in [0, 1], and the order of falling grades has the best nDCG', () => {
    fc.assert(
      fc.property(grades, fc.integer({ min: 1, max: 20 }), fc.infiniteStream(fc.nat()), (given, k, keys) => {
        const judged = new Map(given.map((grade, i) => [`p${i}`, grade]));
        const shuffled = [...judged.keys()]
          .map((id) => ({ id, key: keys.next().value ?? 0 }))
          .sort((x, y) => x.key - y.key)
          .map(({ id }) => id);
        const ideal = [...judged].sort((x, y) => y[1] - x[1]).map(([id]) => id);
        for (const measure of [ndcgAtK, recallAtK, precisionAtK, reciprocalRankAtK]) {
          const value = measure(shuffled, judged, k);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        expect(ndcgAtK(ideal, judged, k)).toBeCloseTo(given.some((grade) => grade > 0) ? 1 : 0, 12);
      }),
      { seed: 42, numRuns: 200 },
    );
  });
});
