/** What a sentence brings to a score, from the parts of one mean-pooled vector. */
import type { SpanEmbedding } from '../embed/embedder.ts';
import { dot } from './dot.ts';

/**
 * How much the cosine of `query` and the text falls when a sentence's tokens are left out of the mean: with unit vectors q and h and
 * the sentence's part p, q·h - q·(h - p) / |h - p|. What leaving them out would change in the other tokens' states is not seen.
 * Leave-one-out after Li, Monroe and Jurafsky 2016, https://arxiv.org/abs/1612.08220, without running the model again.
 * @param query unit length.
 * @returns for each sentence; undefined where the model read nothing of it.
 */
export function drops(query: Float32Array, { vector, parts, tokenCounts }: SpanEmbedding): (number | undefined)[] {
  const score = dot(query, vector);
  return tokenCounts.map((tokens, i) => {
    if (tokens === 0) return undefined;
    const part = rowOf(parts, i, vector.length);
    const squares = 1 - 2 * dot(vector, part) + dot(part, part);
    return squares <= 0 ? score : score - (score - dot(query, part)) / Math.sqrt(squares);
  });
}

/** Cosine of `direction` to each sentence; undefined where the model read nothing of it. */
export function nearness(direction: Float32Array, { vector, parts, tokenCounts }: SpanEmbedding): (number | undefined)[] {
  return tokenCounts.map((tokens, i) => (tokens === 0 ? undefined : cosine(direction, rowOf(parts, i, vector.length))));
}

export function rowOf(rows: Float32Array, row: number, dim: number): Float32Array {
  return rows.subarray(row * dim, (row + 1) * dim);
}

/** Place of the greatest value, the first of equals; undefined where there is none. */
export function greatest(values: readonly (number | undefined)[]): number | undefined {
  let best: number | undefined;
  for (const [i, value] of values.entries()) {
    if (value !== undefined && (best === undefined || value > (values[best] ?? value))) best = i;
  }
  return best;
}

/** 0 where one of the two is zero. */
function cosine(a: Float32Array, b: Float32Array): number {
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  return lengths === 0 ? 0 : Math.max(-1, Math.min(1, dot(a, b) / lengths));
}
