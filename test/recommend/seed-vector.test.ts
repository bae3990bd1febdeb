// Covers the query vector made of liked and disliked seeds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Seed, type SeedWeight, seedVector } from '#dist/recommend/seed-vector.js';

const DIM = 4;
/** Float32 keeps about seven digits. */
const TOLERANCE = 1e-6;
const RUNS = { seed: 42, numRuns: 500 };

const like = (id: string, weight?: number): SeedWeight => ({ seed: { id, weight }, sign: 1 });
const dislike = (id: string, weight?: number): SeedWeight => ({ seed: { id, weight }, sign: -1 });

const AXES: Record<string, Float32Array> = {
  x: Float32Array.of(1, 0, 0, 0),
  y: Float32Array.of(0, 1, 0, 0),
  z: Float32Array.of(0, 0, 1, 0),
  minusX: Float32Array.of(-1, 0, 0, 0),
};
const axisOf = (seed: Seed) => AXES['id' in seed ? seed.id : seed.text];

function expectDirection(vector: Float32Array | undefined, direction: readonly number[]): void {
  const norm = Math.hypot(...direction);
  expect(vector).toHaveLength(direction.length);
  for (const [i, value] of direction.entries())
    expect(Math.abs((vector?.[i] ?? Number.NaN) - value / norm)).toBeLessThan(TOLERANCE);
}

const unitVector = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIM, maxLength: DIM })
  .filter((values) => Math.hypot(...values) > 0.1)
  .map((values) => Float32Array.from(values, (value) => value / Math.hypot(...values)));
const weight = fc.option(fc.double({ min: 0.01, max: 100, noNaN: true }), { nil: undefined });
const seeds = fc.array(fc.record({ vector: unitVector, weight, sign: fc.constantFrom(1 as const, -1 as const) }), { maxLength: 8 });

/** Seeds named by their place, and where to find their vectors. */
function named(list: readonly { vector: Float32Array; weight: number | undefined; sign: 1 | -1 }[]) {
  const weights: SeedWeight[] = list.map(({ weight: own, sign }, i) => ({ seed: { id: `p${i}`, weight: own }, sign }));
  const vectorOf = (seed: Seed) => list[Number(('id' in seed ? seed.id : seed.text).slice(1))]?.vector;
  return { weights, vectorOf };
}

describe('seedVector', () => {
  it('is the vector itself of one liked paper or text', () => {
    expectDirection(seedVector([like('y')], axisOf, DIM), [0, 1, 0, 0]);
    expectDirection(seedVector([{ seed: { text: 'z' }, sign: 1 }], axisOf, DIM), [0, 0, 1, 0]);
    expectDirection(seedVector([like('y', 0.001)], axisOf, DIM), [0, 1, 0, 0]);
  });

  it('is the weighted mean of what is liked', () => {
    expectDirection(seedVector([like('x'), like('y')], axisOf, DIM), [1, 1, 0, 0]);
    expectDirection(seedVector([like('x', 3), like('y')], axisOf, DIM), [3, 1, 0, 0]);
  });

  it('moves away from what is disliked by a fifth', () => {
    expectDirection(seedVector([like('x'), dislike('y')], axisOf, DIM), [1, -0.2, 0, 0]);
    expectDirection(seedVector([like('x'), dislike('y', 3), dislike('z')], axisOf, DIM), [1, -0.15, -0.05, 0]);
  });

  it('leaves out seeds that have no vector', () => {
    expectDirection(seedVector([like('x'), like('unknown', 9), dislike('unknown', 9)], axisOf, DIM), [1, 0, 0, 0]);
  });

  it('is undefined where nothing liked has a vector', () => {
    expect(seedVector([], axisOf, DIM)).toBeUndefined();
    expect(seedVector([like('unknown')], axisOf, DIM)).toBeUndefined();
    expect(seedVector([dislike('x')], axisOf, DIM)).toBeUndefined();
    expect(seedVector([like('unknown'), dislike('x')], axisOf, DIM)).toBeUndefined();
  });

  it('is undefined where the seeds cancel each other', () => {
    expect(seedVector([like('x'), like('minusX')], axisOf, DIM)).toBeUndefined();
  });

  it('has unit length, whatever the seeds', () => {
    const property = fc.property(seeds, (list) => {
      const { weights, vectorOf } = named(list);
      const vector = seedVector(weights, vectorOf, DIM);
      expect(vector === undefined || Math.abs(Math.hypot(...vector) - 1) < TOLERANCE).toBe(true);
      if (!list.some(({ sign }) => sign === 1)) expect(vector).toBeUndefined();
    });
    fc.assert(property, RUNS);
  });

  it('does not depend on the scale of the weights', () => {
    const scale = fc.double({ min: 0.1, max: 10, noNaN: true });
    const property = fc.property(seeds, scale, (list, factor) => {
      const { weights, vectorOf } = named(list);
      const scaled = weights.map(({ seed, sign }) => ({ seed: { ...seed, weight: (seed.weight ?? 1) * factor }, sign }));
      const [one, other] = [seedVector(weights, vectorOf, DIM), seedVector(scaled, vectorOf, DIM)];
      for (const [i, value] of (one ?? []).entries()) expect(Math.abs(value - (other?.[i] ?? Number.NaN))).toBeLessThan(1e-4);
    });
    fc.assert(property, RUNS);
  });

  it('is nearer to a liked paper of larger weight, never farther', () => {
    const property = fc.property(unitVector, unitVector, fc.double({ min: 1, max: 50, noNaN: true }), (a, b, factor) => {
      const vectorOf = (seed: Seed) => ('id' in seed && seed.id === 'a' ? a : b);
      const cosine = (vector: Float32Array | undefined) => a.reduce((sum, value, i) => sum + value * (vector?.[i] ?? 0), 0);
      const even = seedVector([like('a'), like('b')], vectorOf, DIM);
      const heavy = seedVector([like('a', factor), like('b')], vectorOf, DIM);
      if (even !== undefined && heavy !== undefined) expect(cosine(heavy)).toBeGreaterThan(cosine(even) - 1e-5);
    });
    fc.assert(property, RUNS);
  });
});
