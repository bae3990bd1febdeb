/** Scores the documents of a segment, term at a time: a term's postings are read in a row, each adds to its document's score. */
import type { Best } from './best.ts';
import { K1, type Norms } from './bm25.ts';
import { BIG, frequencyAt, placeOf, SEGMENT_DOCUMENTS, type Segment } from './segment.ts';

export interface AskedTerm {
  id: number;
  /** Its inverse document frequency. */
  worth: number;
}

/** Offers what may be among the best. @param among by key, 1 for a document that may be. */
export type ScoreSegment = (
  segment: Segment,
  asked: readonly AskedTerm[],
  norms: Norms,
  best: Best,
  among: Uint8Array | undefined,
) => void;

export function createScorer(): ScoreSegment {
  /** All 0 between two calls. */
  const scores = new Float64Array(SEGMENT_DOCUMENTS);

  /** Adds what a term is worth to the scores of the segment's documents. @returns postings of the term. */
  function score(segment: Segment, term: number, worth: number, { norms, of }: Norms): number {
    const at = placeOf(segment.terms, term);
    if (at === -1) return 0;
    const { docs, frequencies, lengths } = segment;
    const [start, end] = [segment.starts[at] as number, segment.starts[at + 1] as number];
    for (let i = start; i < end; i++) {
      const doc = docs[i] as number;
      let frequency = frequencies[i] as number;
      if (frequency === BIG) frequency = frequencyAt(segment, i);
      const length = lengths[doc] as number;
      const norm = length < norms.length ? (norms[length] as number) : of(length);
      scores[doc] = (scores[doc] as number) + worth * ((frequency * (K1 + 1)) / (frequency + norm));
    }
    return end - start;
  }

  /** Offers what may be among the best. */
  function choose({ keys, live }: Segment, best: Best, among: Uint8Array | undefined): void {
    let least = best.least;
    for (let doc = 0; doc < keys.length; doc++) {
      const score = scores[doc] as number;
      if (score < least || score === 0 || live[doc] === 0) continue;
      const key = keys[doc] as number;
      if (among === undefined || among[key] === 1) least = best.offer(key, score);
    }
  }

  return (segment, asked, norms, best, among) => {
    let postings = 0;
    for (const { id, worth } of asked) postings += score(segment, id, worth, norms);
    if (postings === 0) return;
    choose(segment, best, among);
    scores.fill(0, 0, segment.keys.length);
  };
}
