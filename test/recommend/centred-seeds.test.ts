/** What is taken off several likes: how much, off which, and what must not change it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { centredSeeds, spreadOfLikes } from '#dist/recommend/centred-seeds.js';
import type { SeedVector } from '#dist/recommend/seed-vector.js';
import { seedVectors, unitVectors } from '../support/seeds.ts';

const DIM = 5;
const RUNS = { seed: 42, numRuns: 300 };
const like = (vector: Float32Array, weight = 1): SeedVector => ({ liked: true, weight, vector });

it('leaves one like as it is, however often it is given and whatever is disliked', () => {
  const property = fc.property(unitVectors(DIM), unitVectors(DIM), unitVectors(DIM), (vector, other, centre) => {
    const seeds = [like(vector), like(vector, 3), { ...like(other), liked: false }];
    expect(spreadOfLikes(seeds)).toBeLessThan(1e-6);
    for (const [i, seed] of centredSeeds(seeds, centre).entries()) {
      for (const [d, value] of seed.vector.entries()) expect(Math.abs(value - (seeds[i]?.vector[d] ?? 9))).toBeLessThan(1e-6);
    }
  });
  fc.assert(property, RUNS);
});

it('says that likes differ from 0 to 1, the same for a weight of 2 as for the like given twice', () => {
  const property = fc.property(seedVectors(DIM), (seeds) => {
    const spread = spreadOfLikes(seeds);
    expect(spread).toBeGreaterThanOrEqual(0);
    expect(spread).toBeLessThanOrEqual(1);
    const [first, ...rest] = seeds;
    if (first === undefined) return;
    expect(spreadOfLikes([{ ...first, weight: 2 * first.weight }, ...rest])).toBeCloseTo(spreadOfLikes([first, first, ...rest]), 9);
  });
  fc.assert(property, RUNS);
});

it('takes the same off every like and nothing off a dislike', () => {
  const property = fc.property(seedVectors(DIM), unitVectors(DIM), (seeds, centre) => {
    const share = spreadOfLikes(seeds);
    for (const [i, seed] of centredSeeds(seeds, centre).entries()) {
      const before = seeds[i]?.vector ?? new Float32Array(0);
      const taken = seed.liked ? share : 0;
      for (const [d, value] of seed.vector.entries()) {
        expect(value).toBeCloseTo((before[d] ?? 9) - taken * (centre[d] ?? 9), 5);
      }
    }
  });
  fc.assert(property, RUNS);
});
