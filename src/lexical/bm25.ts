/**
 * BM25 (Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019) as FTS5's `bm25()` reckons it, operation by operation, so
 * that both give the same numbers: https://www.sqlite.org/fts5.html#the_bm25_function
 */

export const K1 = 1.2;
const B = 0.75;
/** What a term that half of the documents or more have is worth. */
const LEAST_RARITY = 1e-6;
/** Lengths whose norms are kept. */
const KEPT_NORMS = 16_384;

/** Inverse document frequency of a term that so many of so many documents have. */
export function rarity(documents: number, having: number): number {
  const rarity = Math.log((documents - having + 0.5) / (having + 0.5));
  return rarity <= 0 ? LEAST_RARITY : rarity;
}

export interface Norms {
  /** By length, for those below `norms.length`. */
  readonly norms: Float64Array;
  of(length: number): number;
}

/** What the length of a document adds to the denominator, for a mean length. */
export function normsFor(meanLength: number, longest: number): Norms {
  const of = (length: number) => K1 * (1 - B + (B * length) / meanLength);
  return { norms: Float64Array.from({ length: Math.min(longest + 1, KEPT_NORMS) }, (_, length) => of(length)), of };
}
