/** Seeded vectors for the tests of this room. */

/** Numbers in [0, 1) that depend on the seed alone. Mulberry32, https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function unit(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

export function gaussians(random: () => number, dim: number): number[] {
  return Array.from({ length: dim }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

export function randomVectors(seed: number, count: number, dim: number): Float32Array[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => unit(gaussians(random, dim)));
}

export function flat(vectors: readonly Float32Array[]): Float32Array {
  return Float32Array.from(vectors.flatMap((vector) => [...vector]));
}

export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
