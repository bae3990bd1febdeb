/** Several liked and disliked papers or texts as one query vector. */
import type { PaperId } from '../paper.ts';

export type Seed = { weight?: number | undefined } & ({ id: PaperId } | { text: string });

/** A seed and whether it is liked (1) or disliked (-1). */
export interface SeedWeight {
  seed: Seed;
  sign: 1 | -1;
}

/** How far a disliked paper pushes, against a liked one's pull. Rocchio's classic choice of gamma / beta. */
const DISLIKE_SHARE = 0.15 / 0.75;

/**
 * The weighted mean of the liked vectors less a share of the mean of the disliked, at unit length.
 * Rocchio 1971 as in Manning, Raghavan and Schütze 2008, chapter 9.1.1, without an initial query.
 * @returns undefined when no liked seed has a vector, or when the dislikes cancel the likes exactly.
 */
export function seedVector(
  seeds: readonly SeedWeight[],
  vectorOf: (seed: Seed) => Float32Array | undefined,
  dim: number,
): Float32Array | undefined {
  const sum = new Float64Array(dim);
  let liked = false;
  for (const sign of [1, -1] as const) {
    const known = seeds.flatMap(({ seed, sign: own }) => {
      const vector = own === sign ? vectorOf(seed) : undefined;
      return vector === undefined ? [] : [{ vector, weight: seed.weight ?? 1 }];
    });
    const total = known.reduce((weights, { weight }) => weights + weight, 0);
    if (total === 0) continue;
    if (sign === 1) liked = true;
    const share = sign === 1 ? 1 : -DISLIKE_SHARE;
    for (const { vector, weight } of known) {
      for (let i = 0; i < dim; i++) sum[i] = (sum[i] ?? 0) + ((share * weight) / total) * (vector[i] ?? 0);
    }
  }
  const norm = Math.hypot(...sum);
  if (!liked || norm === 0) return undefined;
  return Float32Array.from(sum, (value) => value / norm);
}
