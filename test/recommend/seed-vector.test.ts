// Covers the query vector made of liked and disliked seeds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SeedVector, seedVector } from '#dist/recommend/seed-vector.js';
import { seedVectors, unitVectors } from '../support/seeds.ts';

const DIM = 4;
/** Float32 keeps about seven digits. */
const TOLERANCE = 1e-6;
const RUNS = { seed: 42, numRuns: 500 };

const AXES = {
  x: Float32Array.of(1, 0, 0, 0),
  y: Float32Array.of(0, 1, 0, 0),
  z: Float32Array.of(0, 0, 1, 0),
  minusX: Float32Array.of(-1, 0, 0, 0),
};
const like = (axis: keyof typeof AXES, weight = 1): SeedVector => ({ liked: true, weight, vector: AXES[axis] });
const dislike = (axis: keyof typeof AXES, weight = 1): SeedVector => ({ liked: false, weight, vector: AXES[axis] });

function expectDirection(vector: Float32Array | undefined, direction: readonly number[]): void {
  const norm = Math.hypot(...direction);
  expect(vector).toHaveLength(direction.length);
  for (const [i, value] of direction.entries())
    expect(Math.abs((vector?.[i] ?? Number.NaN) - value / norm)).toBeLessThan(TOLERANCE);
}

describe('seedVector', () => {
  it('is the vector itself of one liked paper or text', () => {
    expectDirection(seedVector([like('y')], DIM), [0, 1, 0, 0]);
    expectDirection(seedVector([like('y', 0.001)], DIM), [0, 1, 0, 0]);
  });

  it('is the weighted mean of what is liked', () => {
    expectDirection(seedVector([like('x'), like('y')], DIM), [1, 1, 0, 0]);
    expectDirection(seedVector([like('x', 3), like('y')], DIM), [3, 1, 0, 0]);
  });

  it('moves away from what is disliked by a fifth', () => {
    expectDirection(seedVector([like('x'), dislike('y')], DIM), [1, -0.2, 0, 0]);
    expectDirection(seedVector([like('x'), dislike('y', 3), dislike('z')], DIM), [1, -0.15, -0.05, 0]);
  });

  it('is undefined where nothing is liked, or the seeds cancel each other', () => {
    expect(seedVector([], DIM)).toBeUndefined();
    expect(seedVector([dislike('x')], DIM)).toBeUndefined();
    expect(seedVector([like('x'), like('minusX')], DIM)).toBeUndefined();
  });

  it('has unit length, whatever the seeds', () => {
    const property = fc.property(seedVectors(DIM), (seeds) => {
      const vector = seedVector(seeds, DIM);
      expect(vector === undefined || Math.abs(Math.hypot(...vector) - 1) < TOLERANCE).toBe(true);
    });
    fc.assert(property, RUNS);
  });

  it('does not depend on the scale of the weights', () => {
    const scale = fc.double({ min: 0.1, max: 10, noNaN: true });
    const property = fc.property(seedVectors(DIM), scale, (seeds, factor) => {
      const scaled = seeds.map((seed) => ({ ...seed, weight: seed.weight * factor }));
      const [one, other] = [seedVector(seeds, DIM), seedVector(scaled, DIM)];
      for (const [i, value] of (one ?? []).entries()) expect(Math.abs(value - (other?.[i] ?? Number.NaN))).toBeLessThan(1e-4);
    });
    fc.assert(property, RUNS);
  });

  it('is nearer to a liked paper of larger weight, never farther', () => {
    const vector = unitVectors(DIM);
    const property = fc.property(vector, vector, fc.double({ min: 1, max: 50, noNaN: true }), (a, b, factor) => {
      const cosine = (mean: Float32Array | undefined) => a.reduce((sum, value, i) => sum + value * (mean?.[i] ?? 0), 0);
      const withWeight = (weight: number) =>
        seedVector(
          [
            { liked: true, weight, vector: a },
            { liked: true, weight: 1, vector: b },
          ],
          DIM,
        );
      const [even, heavy] = [withWeight(1), withWeight(factor)];
      if (even !== undefined && heavy !== undefined) expect(cosine(heavy)).toBeGreaterThan(cosine(even) - 1e-5);
    });
    fc.assert(property, RUNS);
  });
});
