/**
 * The seam between recommendations and nearest-neighbour search. Batches in and out, asynchronous, filters as
 * data: an index may live in a thread, a process or on other machines.
 */
import type { PaperId } from '../paper.ts';

export interface Neighbour {
  id: PaperId;
  /** Cosine similarity in [-1, 1], higher is nearer. */
  score: number;
}

/** What to look near: a vector (length dim, unit length), or a paper that the index holds. */
export type IndexQuery = Float32Array | PaperId;

export interface IndexSearchOptions {
  /** Neighbours wanted for each query, 1 or more. */
  k: number;
  /** HNSW search width, at least k; larger is slower and nearer to exact. The exact index has no use for it. */
  efSearch?: number | undefined;
  /** Papers that are left out of every answer; a paper asked about is always left out of its own. */
  exclude?: readonly PaperId[] | undefined;
  /**
   * The only papers that may be in an answer, found by an exact scan: always min(k, those of them that the index holds and
   * does not leave out). Papers that the index does not hold are passed over; `all` scans every paper. Without it the fastest
   * way the index has.
   */
  among?: readonly PaperId[] | 'all' | undefined;
}

/** Nearest papers that an index keeps ready of each paper at most. */
export const KEPT = 40;

/** Where a paper stands for a query, among all papers or some: exactly, however the index searches. */
export interface Standing {
  /** From 1. */
  rank: number;
  score: number;
}

/** How near papers are to some vectors, within bounds. Cosines where these have unit length. */
export interface NearCosines {
  /** Row-major, papers * vectors; NaN for a paper that the index does not hold. */
  cosines: Float64Array;
  /** By how much those of a paper may be off at most, either way, for each unit of a vector's length; 0 where they are exact. */
  errors: Float64Array;
}

export interface IndexStats {
  kind: 'hnsw' | 'exact';
  dim: number;
  /** Papers that can be found. */
  count: number;
  /** Places held by papers that were removed or replaced. */
  tombstones: number;
  /** Papers whose nearest are kept ready. */
  kept: number;
  /** Vectors, their int8 rows, links and the nearest that are kept, bytes. */
  sizeBytes: number;
}

export interface VectorIndex {
  /**
   * Adds papers or replaces their vectors. `vectors` is row-major, ids.length * dim floats, unit length.
   * @throws AppError `space_mismatch` for a wrong length, `invalid_input` for a vector with a number that is not finite.
   */
  upsert(ids: readonly PaperId[], vectors: Float32Array): Promise<void>;
  /** Takes papers out of every later answer; ids that are not there do nothing. */
  remove(ids: readonly PaperId[]): Promise<void>;
  /**
   * The k nearest papers of each query, nearest first, equal scores by id; fewer only when the index holds fewer. A long scan
   * lets other calls in between: a paper that they add or replace meanwhile is found by one of its vectors or not yet.
   * @throws AppError `paper_not_found` for a paper the index does not hold; as `upsert` for a vector.
   */
  search(queries: readonly IndexQuery[], options: IndexSearchOptions): Promise<Neighbour[][]>;
  /**
   * The k nearest of a paper, or all there are, as an index keeps them ready: what a search finds that misses next to nothing (recall@10
   * .99 and more), in the order and with the scores of `search`. Undefined where they are not ready, for more than `KEPT` never
   * needed to be: `search` finds them.
   * @throws AppError `paper_not_found` for a paper the index does not hold.
   */
  neighbours(id: PaperId, k: number): Promise<Neighbour[] | undefined>;
  /**
   * Undefined for a paper that the index does not hold.
   * @throws AppError as `search`.
   */
  standing(query: IndexQuery, id: PaperId, options?: Pick<IndexSearchOptions, 'exclude' | 'among'>): Promise<Standing | undefined>;
  /** Stored vectors in the order asked for, undefined where there is none. */
  vectors(ids: readonly PaperId[]): Promise<(Float32Array | undefined)[]>;
  /** Inner products of papers with vectors of length dim: for a fraction of what their stored vectors cost. */
  cosines(ids: readonly PaperId[], vectors: readonly Float32Array[]): Promise<NearCosines>;
  /** The mean of the vectors of all papers (length dim), within what int8 rounds off; zeros where there are none. */
  centre(): Promise<Float32Array>;
  stats(): Promise<IndexStats>;
  /** Writes the index as files into an existing, empty folder; they are what the matching `load` reads. */
  save(dir: string): Promise<void>;
  close(): Promise<void>;
}

/** Best first; equal scores by id, so that the same index gives the same order. */
export function byScore(a: Neighbour, b: Neighbour): number {
  return b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
