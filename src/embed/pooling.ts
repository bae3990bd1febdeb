import type { Span } from './embedder.ts';
import type { ModelManifest } from './manifest.ts';

/**
 * Token vectors to one unit vector, written into `target` (length dim). `hidden` is row-major, tokens * dim, no padding;
 * with `none` it is the one vector that the graph made of them.
 * Mean pooling as in Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084, section 3.
 * @returns the length before it was made 1.
 */
export function pool(hidden: Float32Array, target: Float32Array, pooling: ModelManifest['pooling']): number {
  const dim = target.length;
  const tokens = pooling === 'mean' ? hidden.length / dim : 1;
  target.fill(0);
  for (let token = 0; token < tokens; token++) {
    const offset = token * dim;
    for (let i = 0; i < dim; i++) target[i] = (target[i] as number) + (hidden[offset + i] as number);
  }
  let squares = 0;
  for (let i = 0; i < dim; i++) squares += (target[i] as number) ** 2;
  // A zero vector stays zero: it is like nothing.
  const norm = Math.sqrt(squares);
  const scale = norm === 0 ? 0 : 1 / norm;
  for (let i = 0; i < dim; i++) target[i] = (target[i] as number) * scale;
  return norm;
}

/**
 * The part of a mean-pooled unit vector that each range of tokens brings to it: sums of their states on the vector's scale.
 * As late chunking pools spans, Günther et al. 2024, https://arxiv.org/abs/2409.04701, but not made unit length.
 * @param norm what `pool` returned for the same states.
 * @returns row-major, ranges.length * dim.
 */
export function poolSpans(
  hidden: Float32Array,
  ranges: readonly Span[],
  { dim, norm }: { dim: number; norm: number },
): Float32Array {
  const parts = new Float32Array(ranges.length * dim);
  const scale = norm === 0 ? 0 : 1 / norm;
  for (const [row, { start, end }] of ranges.entries()) {
    const part = parts.subarray(row * dim, (row + 1) * dim);
    for (let token = start; token < end; token++) {
      for (let i = 0; i < dim; i++) part[i] = (part[i] as number) + (hidden[token * dim + i] as number) * scale;
    }
  }
  return parts;
}
