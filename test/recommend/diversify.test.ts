import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, diversify } from '#dist/recommend/diversify.js';

const DIM = 4;
const unit = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIM, maxLength: DIM }).map((values) => {
  const norm = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / norm);
});
const ranking = fc
  .array(fc.record({ score: fc.double({ min: -1, max: 1, noNaN: true }), vector: unit }), { minLength: 1, maxLength: 12 })
  .map((list): Candidate[] => list.sort((a, b) => b.score - a.score));

describe('diversify', () => {
  it('leaves the order as it is at 0', () => {
    fc.assert(
      fc.property(ranking, fc.nat(12), (list, count) => {
        expect(diversify(list, 0, count)).toEqual(list.map((_, i) => i));
      }),
    );
  });

  it('gives every candidate once, those that were not picked in their order, and the best first below 1', () => {
    fc.assert(
      fc.property(ranking, fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.nat(12), (list, diversity, count) => {
        const order = diversify(list, diversity, count);
        expect([...order].sort((a, b) => a - b)).toEqual(list.map((_, i) => i));
        const rest = order.slice(count);
        expect(rest).toEqual([...rest].sort((a, b) => a - b));
        if (count > 0) expect(list[order[0] ?? -1]?.score).toBe(list[0]?.score);
      }),
    );
  });

  it('puts what is like nothing before it ahead of a double of the first', () => {
    const a = Float32Array.from([1, 0, 0, 0]);
    const b = Float32Array.from([0, 1, 0, 0]);
    const list = [
      { score: 0.9, vector: a },
      { score: 0.89, vector: a },
      { score: 0.8, vector: b },
      { score: 0.1, vector: a },
    ];
    expect(diversify(list, 0.3, 4)).toEqual([0, 2, 1, 3]);
  });
});
