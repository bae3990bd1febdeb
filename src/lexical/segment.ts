/** A part of the inverted index: up to 16,384 documents with their postings, which never change; documents only die. */

/** Postings of a segment, term by term. */
export interface Postings {
  /** Numbers of the terms that occur, ascending. */
  terms: Uint32Array;
  /** Where the postings of each begin; one more, where those of the last end. */
  starts: Uint32Array;
  /** The document, by its place in the segment. */
  docs: Uint16Array;
  /** How often it has the term, or `BIG`. */
  frequencies: Uint8Array;
  /** The postings that say `BIG`, ascending, and what they stand for. */
  bigAt: Uint32Array;
  bigFrequencies: Uint32Array;
}

export interface SegmentContent extends Postings {
  keys: Uint32Array;
  /** All in a row, and where each ends. */
  ids: Uint8Array;
  idEnds: Uint32Array;
  /** Two for each document. */
  fingerprints: Uint32Array;
  titleHashes: Uint32Array;
  lengths: Uint32Array;
  /** 1 for a document that counts, 0 for a removed one. */
  live: Uint8Array;
}

export interface Segment extends SegmentContent {
  liveCount: number;
}

export const SEGMENT_DOCUMENTS = 16_384;
/** A frequency that does not fit a byte. */
export const BIG = 255;
export function segmentOf(content: SegmentContent): Segment {
  return { ...content, liveCount: content.live.reduce((sum, live) => sum + live, 0) };
}

/** UTF-8 of a document's id. */
export function idAt({ ids, idEnds }: SegmentContent, doc: number): Uint8Array {
  return ids.subarray(doc === 0 ? 0 : idEnds[doc - 1], idEnds[doc]);
}

/** The frequency of a posting. */
export function frequencyAt({ frequencies, bigAt, bigFrequencies }: Postings, at: number): number {
  const frequency = frequencies[at] as number;
  return frequency === BIG ? (bigFrequencies[placeOf(bigAt, at)] as number) : frequency;
}

/** Where `value` stands among ascending `values`; -1 where it does not. */
export function placeOf(values: Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return values[low] === value ? low : -1;
}

/** In the order of `emptySegment`. */
export function arraysOf(content: SegmentContent): (Uint8Array | Uint16Array | Uint32Array)[] {
  const { keys, ids, idEnds, fingerprints, titleHashes, lengths, live } = content;
  const { terms, starts, docs, frequencies, bigAt, bigFrequencies } = content;
  return [keys, ids, idEnds, fingerprints, titleHashes, lengths, live, terms, starts, docs, frequencies, bigAt, bigFrequencies];
}

/** Arrays to be filled. @param lengths of each, in elements. */
export function emptySegment(lengths: readonly number[]): SegmentContent {
  const length = (at: number) => lengths[at] ?? 0;
  return {
    keys: new Uint32Array(length(0)),
    ids: new Uint8Array(length(1)),
    idEnds: new Uint32Array(length(2)),
    fingerprints: new Uint32Array(length(3)),
    titleHashes: new Uint32Array(length(4)),
    lengths: new Uint32Array(length(5)),
    live: new Uint8Array(length(6)),
    terms: new Uint32Array(length(7)),
    starts: new Uint32Array(length(8)),
    docs: new Uint16Array(length(9)),
    frequencies: new Uint8Array(length(10)),
    bigAt: new Uint32Array(length(11)),
    bigFrequencies: new Uint32Array(length(12)),
  };
}
