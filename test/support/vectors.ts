/** Unit vectors in clusters, as texts have them; the same seed gives the same. */
import { mulberry32 } from '#dist/bench/lib/random.js';

export interface ClusteredVectors {
  /** Row-major, count * dim, each row of unit length. */
  data: Float32Array;
  /** Of each row, from 0. */
  clusters: number[];
}

/** How far a vector strays from its cluster's centre, whose length is 1. */
const SPREAD = 0.8;

export function clusteredVectors({
  count,
  dim,
  clusters,
  seed,
}: {
  count: number;
  dim: number;
  clusters: number;
  seed: number;
}): ClusteredVectors {
  const random = mulberry32(seed);
  const direction = () => unit(Array.from({ length: dim }, () => gaussian(random)));
  const centres = Array.from({ length: clusters }, direction);
  const data = new Float32Array(count * dim);
  const of = Array.from({ length: count }, () => Math.floor(random() * clusters));
  for (const [i, cluster] of of.entries()) {
    const noise = direction();
    data.set(unit((centres[cluster] ?? noise).map((x, d) => x + SPREAD * (noise[d] ?? 0))), i * dim);
  }
  return { data, clusters: of };
}

function unit(values: number[]): number[] {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

/** Box and Muller 1958. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
