/** Seeds of a recommendation by chance. */
import fc from 'fast-check';
import type { SeedVector } from '#dist/recommend/seed-vector.js';

export const unitVectors = (dim: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: dim, maxLength: dim })
    .filter((values) => Math.hypot(...values) > 0.1)
    .map((values) => Float32Array.from(values, (value) => value / Math.hypot(...values)));

/** At least one of them liked. */
export function seedVectors(dim: number): fc.Arbitrary<SeedVector[]> {
  const seed = fc.record({
    liked: fc.boolean(),
    weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
    vector: unitVectors(dim),
  });
  return fc.tuple(seed, fc.array(seed, { maxLength: 8 })).map(([first, rest]) => [{ ...first, liked: true }, ...rest]);
}
