import type { Neighbour } from '#dist/vectors/vector-index.js';

/** Two float32 sums of one cosine differ by less. */
const EPSILON = 1e-6;

/**
 * recall@k: the share of the k exact neighbours that were found. A paper that is as near as the k-th counts as one of
 * them, so that duplicates do not lower it. Aumüller, Bernhardsson and Faithfull 2020, https://arxiv.org/abs/1807.05614, section 2.1.
 * @param exact the k nearest, nearest first.
 */
export function recallAtK(found: readonly Neighbour[], exact: readonly Neighbour[]): number {
  const threshold = (exact.at(-1)?.score ?? Number.POSITIVE_INFINITY) - EPSILON;
  const hits = found.slice(0, exact.length).filter(({ score }) => score >= threshold).length;
  return exact.length === 0 ? 1 : hits / exact.length;
}
