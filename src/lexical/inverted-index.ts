/**
 * An inverted index in memory: which documents have which terms, and the best of them by BM25. It knows numbers of documents and
 * terms as strings; what a text's terms are, and where texts are kept, is the caller's.
 */
import { createBest, type Scored } from './best.ts';
import { type Norms, normsFor, rarity } from './bm25.ts';
import { type CountedDocument, mergeSegments, segmentFromDocuments } from './make-segment.ts';
import { createScorer } from './scorer.ts';
import { arraysOf, idAt, placeOf, SEGMENT_DOCUMENTS, type Segment, type SegmentContent, segmentOf } from './segment.ts';
import { createTermTable, type TermTable, type TermTableContent } from './term-table.ts';

/** All of an index, in arrays that do not change any more: what a file keeps. */
export interface IndexContent {
  terms: TermTableContent;
  segments: SegmentContent[];
}

export interface InvertedIndex {
  readonly documents: number;
  /** Terms that have a number. */
  readonly terms: number;
  /** Of all arrays. */
  readonly sizeBytes: number;
  /** The number of a term, for `CountedDocument`; a new one where the term is new. */
  intern(term: string): number;
  /** Each takes the place of one of the same key. */
  add(documents: readonly CountedDocument[]): void;
  remove(key: number): void;
  /** Whether the document is there with the text of that name. */
  holds(key: number, fingerprint: readonly [number, number]): boolean;
  /** Keys of all documents, in no order. */
  keys(): Iterable<number>;
  /**
   * The k best by BM25, best first, equal scores by key. A term that is named twice counts twice.
   * @param among by key, 1 for a document that may be found; all where it is left out.
   */
  search(terms: readonly string[], k: number, among?: Uint8Array): Scored[];
  /** What else is kept of a document that is there. */
  describe(key: number): { id: string; titleHash: number };
  /** Documents that have the term. */
  documentFrequency(term: string): number;
  content(): IndexContent;
}

/** A segment is written anew without its removed documents when these are so great a share of it. */
const DEAD_SHARE = 0.25;
/** One that is not so many times as large as what is merged is merged with it: the number of segments grows with the logarithm. */
const MERGED_RATIO = 2;
const NO_SLOT = 0xffff;

export function createInvertedIndex(content?: IndexContent): InvertedIndex {
  const table: TermTable = createTermTable(content?.terms);
  /** By slot; a slot is used again when its segment was merged into another. */
  const slots: (Segment | undefined)[] = [];
  /** By key: the slot of a document's segment, and its place in there. */
  let slotOf = new Uint16Array(0);
  let placeIn = new Uint16Array(0);
  let documents = 0;
  let totalLength = 0;
  let longest = 0;
  let norms: Norms | undefined;
  const scoreSegment = createScorer();
  for (const segment of content?.segments ?? []) {
    count(segment);
    put(segmentOf(segment));
  }

  const segments = () => slots.filter((segment) => segment !== undefined);

  function put(segment: Segment): void {
    const free = slots.indexOf(undefined);
    const slot = free === -1 ? slots.length : free;
    slots[slot] = segment;
    for (let place = 0; place < segment.keys.length; place++) {
      if (segment.live[place] === 0) continue;
      const key = segment.keys[place] as number;
      if (key >= slotOf.length) makeRoom(key);
      slotOf[key] = slot;
      placeIn[key] = place;
    }
  }

  function drop(segment: Segment): void {
    slots[slots.indexOf(segment)] = undefined;
  }

  function count({ lengths, live }: SegmentContent): void {
    for (let place = 0; place < lengths.length; place++) {
      if (live[place] === 0) continue;
      const length = lengths[place] as number;
      documents++;
      totalLength += length;
      if (length > longest) longest = length;
    }
    norms = undefined;
  }

  function makeRoom(key: number): void {
    const length = Math.max(key + 1, Math.ceil(slotOf.length * 1.5));
    const [largerSlots, largerPlaces] = [new Uint16Array(length).fill(NO_SLOT), new Uint16Array(length)];
    largerSlots.set(slotOf);
    largerPlaces.set(placeIn);
    [slotOf, placeIn] = [largerSlots, largerPlaces];
  }

  /** Puts a segment in, merged with those that are not much larger than it. */
  function settle(segment: Segment): void {
    const merged = [segment];
    let size = segment.liveCount;
    for (const other of segments().sort((a, b) => a.liveCount - b.liveCount)) {
      if (other.liveCount > size * MERGED_RATIO || size + other.liveCount > SEGMENT_DOCUMENTS) break;
      merged.push(other);
      size += other.liveCount;
    }
    for (const other of merged.slice(1)) drop(other);
    if (size === 0) return;
    put(merged.length === 1 && segment.liveCount === segment.keys.length ? segment : mergeSegments(merged));
  }

  function remove(key: number): void {
    const segment = slots[slotOf[key] ?? NO_SLOT];
    if (segment === undefined) return;
    const place = placeIn[key] as number;
    slotOf[key] = NO_SLOT;
    segment.live[place] = 0;
    segment.liveCount--;
    documents--;
    totalLength -= segment.lengths[place] as number;
    norms = undefined;
    if (segment.keys.length - segment.liveCount < segment.keys.length * DEAD_SHARE) return;
    drop(segment);
    settle(segment);
  }

  function find(term: string): number | undefined {
    const word = Buffer.from(term);
    return table.find(word, 0, word.length);
  }

  function having(term: number): number {
    let having = 0;
    for (const segment of segments()) {
      const at = placeOf(segment.terms, term);
      if (at === -1) continue;
      const [start, end] = [segment.starts[at] as number, segment.starts[at + 1] as number];
      if (segment.liveCount === segment.keys.length) having += end - start;
      else for (let i = start; i < end; i++) having += segment.live[segment.docs[i] as number] as number;
    }
    return having;
  }

  return {
    get documents() {
      return documents;
    },
    get terms() {
      return table.size;
    },
    get sizeBytes() {
      const kept = [slotOf, placeIn, ...segments().flatMap(arraysOf)];
      return kept.reduce((total, { byteLength }) => total + byteLength, table.sizeBytes);
    },
    intern(term) {
      const word = Buffer.from(term);
      return table.intern(word, 0, word.length);
    },
    add(added) {
      const latest = [...new Map(added.map((document) => [document.key, document])).values()];
      for (const { key } of latest) remove(key);
      for (let from = 0; from < latest.length; from += SEGMENT_DOCUMENTS) {
        const segment = segmentFromDocuments(latest.slice(from, from + SEGMENT_DOCUMENTS));
        count(segment);
        settle(segment);
      }
    },
    remove,
    holds(key, fingerprint) {
      const segment = slots[slotOf[key] ?? NO_SLOT];
      if (segment === undefined) return false;
      const at = 2 * (placeIn[key] as number);
      return segment.fingerprints[at] === fingerprint[0] && segment.fingerprints[at + 1] === fingerprint[1];
    },
    *keys() {
      for (const [key, slot] of slotOf.entries()) if (slot !== NO_SLOT) yield key;
    },
    search(terms, k, among) {
      if (documents === 0 || k === 0) return [];
      norms ??= normsFor(totalLength / documents, longest);
      const asked = terms.flatMap((term) => {
        const id = find(term);
        return id === undefined ? [] : [{ id, worth: rarity(documents, having(id)) }];
      });
      const best = createBest(k, documents);
      for (const segment of segments()) scoreSegment(segment, asked, norms, best, among);
      return best.take();
    },
    describe(key) {
      const segment = slots[slotOf[key] ?? NO_SLOT];
      if (segment === undefined) throw new RangeError(`there is no document ${key}`);
      const place = placeIn[key] as number;
      const { buffer, byteOffset, byteLength } = idAt(segment, place);
      return {
        id: Buffer.from(buffer, byteOffset, byteLength).toString('utf8'),
        titleHash: segment.titleHashes[place] as number,
      };
    },
    documentFrequency(term) {
      const id = find(term);
      return id === undefined ? 0 : having(id);
    },
    content() {
      return {
        terms: table.content(),
        segments: segments().map(({ liveCount: _, ...arrays }) => ({ ...arrays, live: arrays.live.slice() })),
      };
    },
  };
}
