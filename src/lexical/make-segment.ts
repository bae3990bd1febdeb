/** Makes segments: of documents that come in, and of segments that are to be one. */
import {
  BIG,
  frequencyAt,
  idAt,
  type Postings,
  SEGMENT_DOCUMENTS,
  type Segment,
  type SegmentContent,
  segmentOf,
} from './segment.ts';

/** A document as it comes into the index. */
export interface CountedDocument {
  /** The number by which the caller knows it, below 2^32. */
  key: number;
  /** What the caller calls it. */
  id: string;
  /** Names its text: two halves of 32 bits. */
  fingerprint: readonly [number, number];
  /** A hash of its title, 32 bits. */
  titleHash: number;
  /** Terms in it, with repeats. */
  length: number;
  /** The numbers of its terms, each once. */
  terms: Uint32Array;
  /** How often it has each, weighted: whole numbers, 1 or more. */
  frequencies: Uint32Array;
}

/** Where a document that was removed goes. */
const NOWHERE = 0xffff;

/** @param documents at most `SEGMENT_DOCUMENTS`. */
export function segmentFromDocuments(documents: readonly CountedDocument[]): Segment {
  const total = sum(documents, ({ terms }) => terms.length);
  // Term, document and frequency as one number of at most 2^53: in order of number is in order of term.
  const order = new Float64Array(total);
  let at = 0;
  for (const [doc, { terms, frequencies }] of documents.entries()) {
    for (let i = 0; i < terms.length; i++) {
      order[at++] = ((terms[i] as number) * SEGMENT_DOCUMENTS + doc) * (BIG + 1) + Math.min(frequencies[i] as number, BIG);
    }
  }
  order.sort();
  const postings = emptyPostings(total, total);
  const { terms, starts, docs, frequencies, bigAt, bigFrequencies } = postings;
  let termCount = 0;
  for (let i = 0; i < total; i++) {
    const place = Math.floor((order[i] as number) / (BIG + 1));
    const term = Math.floor(place / SEGMENT_DOCUMENTS);
    if (termCount === 0 || terms[termCount - 1] !== term) {
      terms[termCount] = term;
      starts[termCount++] = i;
    }
    const doc = place % SEGMENT_DOCUMENTS;
    const frequency = (order[i] as number) % (BIG + 1);
    docs[i] = doc;
    frequencies[i] = frequency;
    if (frequency === BIG) {
      const document = documents[doc] as CountedDocument;
      bigAt.push(i);
      bigFrequencies.push(document.frequencies[document.terms.indexOf(term)] as number);
    }
  }
  return segmentOf({
    keys: Uint32Array.from(documents, ({ key }) => key),
    ...idsOf(documents.map(({ id }) => Buffer.from(id))),
    fingerprints: Uint32Array.from(documents.flatMap(({ fingerprint }) => fingerprint)),
    titleHashes: Uint32Array.from(documents, ({ titleHash }) => titleHash),
    lengths: Uint32Array.from(documents, ({ length }) => length),
    live: new Uint8Array(documents.length).fill(1),
    ...cut(postings, termCount, total),
  });
}

/** One of several, without their removed documents. @param segments of at most `SEGMENT_DOCUMENTS` live documents together. */
export function mergeSegments(segments: readonly Segment[]): Segment {
  const count = sum(segments, ({ liveCount }) => liveCount);
  const keys = new Uint32Array(count);
  const ids: Uint8Array[] = [];
  const fingerprints = new Uint32Array(2 * count);
  const titleHashes = new Uint32Array(count);
  const lengths = new Uint32Array(count);
  let next = 0;
  const placesIn = segments.map((segment) =>
    Uint16Array.from(segment.live, (alive, doc) => {
      if (alive === 0) return NOWHERE;
      keys[next] = segment.keys[doc] as number;
      ids.push(idAt(segment, doc));
      fingerprints[2 * next] = segment.fingerprints[2 * doc] as number;
      fingerprints[2 * next + 1] = segment.fingerprints[2 * doc + 1] as number;
      titleHashes[next] = segment.titleHashes[doc] as number;
      lengths[next] = segment.lengths[doc] as number;
      return next++;
    }),
  );
  const live = new Uint8Array(count).fill(1);
  return segmentOf({ keys, ...idsOf(ids), fingerprints, titleHashes, lengths, live, ...mergePostings(segments, placesIn) });
}

/** Term by term, those of one segment after those of another. @param placesIn by place in each segment, the place in the merged one. */
function mergePostings(segments: readonly Segment[], placesIn: readonly Uint16Array[]): Postings {
  const postings = emptyPostings(
    sum(segments, ({ terms }) => terms.length),
    sum(segments, ({ docs }) => docs.length),
  );
  const { terms, starts, docs, frequencies, bigAt, bigFrequencies } = postings;
  let [termCount, count] = [0, 0];
  // Where each segment stands in its list of terms.
  const heads = new Uint32Array(segments.length);
  for (;;) {
    let term = Number.POSITIVE_INFINITY;
    for (let i = 0; i < segments.length; i++) {
      const { terms } = segments[i] as Segment;
      const head = heads[i] as number;
      if (head < terms.length && (terms[head] as number) < term) term = terms[head] as number;
    }
    if (term === Number.POSITIVE_INFINITY) return cut(postings, termCount, count);
    const start = count;
    for (let i = 0; i < segments.length; i++) {
      const segment = segments[i] as Segment;
      const head = heads[i] as number;
      if (segment.terms[head] !== term) continue;
      heads[i] = head + 1;
      const places = placesIn[i] as Uint16Array;
      const from = segment.docs;
      const end = segment.starts[head + 1] as number;
      for (let at = segment.starts[head] as number; at < end; at++) {
        const place = places[from[at] as number] as number;
        if (place === NOWHERE) continue;
        const frequency = segment.frequencies[at] as number;
        docs[count] = place;
        frequencies[count] = frequency;
        if (frequency === BIG) {
          bigAt.push(count);
          bigFrequencies.push(frequencyAt(segment, at));
        }
        count++;
      }
    }
    if (count > start) {
      terms[termCount] = term;
      starts[termCount++] = start;
    }
  }
}

function idsOf(each: readonly Uint8Array[]): Pick<SegmentContent, 'ids' | 'idEnds'> {
  let end = 0;
  const idEnds = Uint32Array.from(each, ({ length }) => (end += length));
  const ids = new Uint8Array(end);
  for (const [i, id] of each.entries()) ids.set(id, (idEnds[i] as number) - id.length);
  return { ids, idEnds };
}

interface Unfinished extends Pick<Postings, 'terms' | 'starts' | 'docs' | 'frequencies'> {
  bigAt: number[];
  bigFrequencies: number[];
}

/** Room for so many. */
function emptyPostings(terms: number, postings: number): Unfinished {
  return {
    terms: new Uint32Array(terms),
    starts: new Uint32Array(terms + 1),
    docs: new Uint16Array(postings),
    frequencies: new Uint8Array(postings),
    bigAt: [],
    bigFrequencies: [],
  };
}

/** What was filled, in arrays of no more. */
function cut({ terms, starts, docs, frequencies, bigAt, bigFrequencies }: Unfinished, termCount: number, count: number): Postings {
  starts[termCount] = count;
  return {
    terms: terms.slice(0, termCount),
    starts: starts.slice(0, termCount + 1),
    docs: docs.slice(0, count),
    frequencies: frequencies.slice(0, count),
    bigAt: Uint32Array.from(bigAt),
    bigFrequencies: Uint32Array.from(bigFrequencies),
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
