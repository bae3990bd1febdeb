/**
 * The truth: papers, and the vectors that were computed for their texts. Every method is asynchronous and takes
 * and gives plain data, so that a store may live in another thread or on another machine.
 */
import type { Paper, PaperDraft, PaperId, PaperRecord } from '../paper.ts';
import type { PaperFilter } from '../paper-filter.ts';
import type { ContentHash } from './content-hash.ts';

/** A count of changes: each changed row gets the next one. A reader that knows it has seen all up to N asks for > N. */
export type Revision = number;

export type UpsertOutcome = 'new' | 'changed' | 'unchanged';

/** `merge` keeps what a draft does not say, and the whole paper where the draft is an earlier version; `replace` empties it. */
export type UpsertMode = 'merge' | 'replace';

export interface UpsertReport {
  /** One for each draft, in order. */
  outcomes: UpsertOutcome[];
  /** The store's revision after the write. */
  revision: Revision;
}

/** What an upsert would do, and the texts that would have to be embedded then: each once, as long as it is. */
export interface UpsertPreview {
  outcomes: UpsertOutcome[];
  texts: { hash: ContentHash; characters: number }[];
}

export interface StoreCounts {
  papers: number;
  revision: Revision;
  /** Papers whose text has no vector in the space asked for; 0 where none was asked for. */
  pending: number;
}

/** A text that is to be embedded; `cursor` is given back to go on after it: its paper's revision, of `texts` its place. */
export interface PendingText {
  cursor: Revision;
  hash: ContentHash;
  title: string;
  abstract: string;
}

export interface StoredVector {
  hash: ContentHash;
  /** Length dim, unit length. */
  vector: Float32Array;
  tokenCount: number;
  /** True when the text was longer than the model reads. */
  truncated: boolean;
}

/** What the model made of a text. */
export interface Reading {
  tokenCount: number;
  /** True when the text was longer than the model reads. */
  truncated: boolean;
}

/** What happened to a paper: its text has this vector now, or (null) it was removed. */
export interface VectorChange {
  revision: Revision;
  id: PaperId;
  vector: Float32Array | null;
}

export interface LexicalHit {
  id: PaperId;
  /** BM25, higher is better. */
  score: number;
  /** The query is its title, whatever the case, punctuation, accents or LaTeX of either. */
  titled: boolean;
}

export interface Selection {
  ids: PaperId[];
  /** False when more match than `limit`. */
  complete: boolean;
}

export interface Touched {
  ids: PaperId[];
  /** False when more were than `limit`. */
  complete: boolean;
  /** The revision up to which these are all. */
  revision: Revision;
}

/** What the text search makes of a word: words of one term are the same to it. */
export interface TermFrequency {
  term: string;
  /** Papers that have the term in title or abstract. */
  papers: number;
}

/** The index in memory that answers text searches. */
export interface TextIndexReport {
  papers: number;
  /** Memory that it takes. */
  sizeBytes: number;
  /** False while it is made, or brought up to date: the database answers meanwhile. */
  current: boolean;
}

/** Where a page of the newest-first list ended. */
export interface ListPosition {
  publishedAt: string | null;
  id: PaperId;
}

/** Which papers of the newest-first list are wanted. */
export interface ListRange {
  limit: number;
  after?: ListPosition | undefined;
  /** Papers to pass over. Default 0. */
  offset?: number | undefined;
  /** From the first date up to and without the second, and known as exactly as the first at least: `2024` is of no day and no month. */
  dated?: { from: string; before: string } | undefined;
}

/** An embedding space as the store needs to know it. */
export interface SpaceRef {
  id: string;
  dim: number;
}

export interface StoredSpace extends SpaceRef {
  /** Texts that have a vector in it. */
  vectors: number;
}

export interface PaperStore {
  /** Writes all drafts or none; durable when it resolves. A draft whose id occurs twice is applied twice, in order. */
  upsert(drafts: readonly PaperDraft[], mode: UpsertMode): Promise<UpsertReport>;
  /** What `upsert` with `merge` would do; nothing is written. */
  preview(drafts: readonly PaperDraft[], space: SpaceRef): Promise<UpsertPreview>;
  /** Removes for good; ids that are not there are left out of the answer. Durable when it resolves. */
  remove(ids: readonly PaperId[]): Promise<{ removed: PaperId[]; revision: Revision }>;
  /** True for a paper that was there and is not any more. */
  wasRemoved(id: PaperId): Promise<boolean>;
  /** How a paper's text was read by the model of a space; undefined where it has no vector there. */
  reading(id: PaperId, space: SpaceRef): Promise<Reading | undefined>;
  /** In the order asked for, undefined where there is none. */
  get(ids: readonly PaperId[]): Promise<(Paper | undefined)[]>;
  /** As `get`, in the form in which they go over the wire. */
  records(ids: readonly PaperId[]): Promise<(PaperRecord | undefined)[]>;
  /** Newest first, undated last, then by id. */
  list(range: ListRange): Promise<Paper[]>;
  counts(space?: SpaceRef): Promise<StoreCounts>;
  /** Cheap enough to ask every second. */
  revision(): Promise<Revision>;
  /** Papers that were written or removed since a revision, at most `limit`. */
  touched(since: Revision, options: { limit: number }): Promise<Touched>;
  /** Distinct texts without a vector in `space`, of papers with a revision above `after`, in order of revision. */
  pending(space: SpaceRef, options: { limit: number; after?: Revision | undefined }): Promise<PendingText[]>;
  /** Texts of all papers, whether they have vectors or not, in an order that changes do not disturb; a text twice where two papers have it. */
  texts(options: { limit: number; after: number }): Promise<PendingText[]>;
  /** Spaces that the store knows, the one with the most vectors first. */
  spaces(): Promise<StoredSpace[]>;
  /** Keeps vectors, and gives every paper whose text has another vector now a new revision. */
  putVectors(space: SpaceRef, vectors: readonly StoredVector[]): Promise<void>;
  /** Papers with a vector, and removals, with a revision above `since`, in order of revision. */
  changes(space: SpaceRef, options: { since: Revision; limit: number }): Promise<VectorChange[]>;
  /** BM25 over title and abstract; any text is a query, no character has a meaning. With a filter, the k best that match it. */
  lexicalSearch(query: string, k: number, filter?: PaperFilter | undefined): Promise<LexicalHit[]>;
  /** Papers that match, at most `limit`, in the order in which they were first stored. */
  select(filter: PaperFilter, options: { limit: number }): Promise<Selection>;
  /** Those of `ids` that match, in their order; ids that are not there do not. */
  matching(filter: PaperFilter, ids: readonly PaperId[]): Promise<PaperId[]>;
  /** One for each word, in order. */
  documentFrequencies(words: readonly string[]): Promise<TermFrequency[]>;
  /** Null where the database alone answers text searches. */
  textIndex(): Promise<TextIndexReport | null>;
  close(): Promise<void>;
}

/** A store that is told of every change: at once of its own, of those of other processes when it looks. */
export interface WatchedStore extends PaperStore {
  /** Only rises, and stays as it is as long as every record does. */
  readonly turn: number;
  /** Looks for what other processes wrote; undefined where that was done just now. */
  look(): Promise<void> | undefined;
}
