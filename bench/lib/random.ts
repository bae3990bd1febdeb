/** Seeded randomness: the same seed draws the same everywhere. */

/** Uniform in [0, 1). */
export type Random = () => number;

/** Tommy Ettinger's mulberry32, 32 bits of state: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A generator for one named part, so that what a part draws does not depend on the parts that ran before it (FNV-1a of the name). */
export function namedRandom(seed: number, name: string): Random {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return mulberry32((seed ^ hash) >>> 0);
}

/** A whole number in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

/** A copy in random order (Fisher and Yates). */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = randomInt(random, i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** `size` distinct items in random order, all of them where there are fewer. */
export function sample<T>(items: readonly T[], size: number, random: Random): T[] {
  return shuffle(items, random).slice(0, size);
}
