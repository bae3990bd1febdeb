/**
 * The only file that knows hnswlib-node. Hidden here: it takes `number[]`, is synchronous, forgets `efSearch` on
 * load, needs its capacity declared, refuses k above it, and never gives a tombstone's place back.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { HierarchicalNSW } from 'hnswlib-node';
import { AppError, messageOf } from '../errors.ts';
import type { PaperId } from '../paper.ts';
import { FIRST_CAPACITY, grownCapacity } from './capacity.ts';
import { checkVectors } from './check-vectors.ts';
import { leastGraphBytes, readGraphVectors } from './graph-file.ts';
import { hnswlib } from './hnswlib.ts';
import { readIds, writeIds } from './ids-file.ts';
import { Int8Rows } from './int8-rows.ts';
import { type ListedGraph, ListKeeper } from './list-keeper.ts';
import { type Near, NeighbourLists } from './neighbour-lists.ts';
import { type Scanned, type ScanOptions, scan, standingOf } from './scan.ts';
import {
  byScore,
  type IndexQuery,
  type IndexSearchOptions,
  type IndexStats,
  type NearCosines,
  type Neighbour,
  type Standing,
  type VectorIndex,
} from './vector-index.ts';

const GRAPH_FILE = 'graph.hnsw';

/** Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320, section 4.2; the figures behind the defaults: bench/results/lookup.json. */
export interface HnswParameters {
  /** Links a node on each layer above the lowest (twice as many there). */
  M: number;
  /** Candidates looked at when a node is added. */
  efConstruction: number;
}

export const DEFAULT_HNSW: HnswParameters = { M: 16, efConstruction: 200 };
const DEFAULT_EF_SEARCH = 100;
/** What is kept is found with: recall@10 of .9995 among 40,000 papers, recall@40 of .998. */
const KEPT_EF_SEARCH = 200;
/** Fixed, so that the same inserts build the same graph. */
const RANDOM_SEED = 100;
/** Points added before other calls get their turn: a few milliseconds of work. */
const POINTS_A_SLICE = 4;

export class HnswIndex implements VectorIndex {
  readonly #dim: number;
  readonly #parameters: HnswParameters;
  readonly #graph: HierarchicalNSW;
  readonly #labels = new Map<PaperId, number>();
  /** By label; null once the paper is removed or has a newer label. */
  #ids: (PaperId | null)[] = [];
  /** By label, of removed papers too. */
  #rows: Int8Rows;
  #lists: ListKeeper;
  /** Of the rows of all papers. */
  readonly #sum: Float64Array;
  #efSearch = 0;

  constructor(dim: number, options: Partial<HnswParameters> & { capacity?: number } = {}) {
    const graph = new hnswlib.HierarchicalNSW('ip', dim);
    const parameters = { ...DEFAULT_HNSW, ...options };
    graph.initIndex({
      maxElements: Math.max(options.capacity ?? 0, FIRST_CAPACITY),
      m: parameters.M,
      efConstruction: parameters.efConstruction,
      randomSeed: RANDOM_SEED,
    });
    this.#dim = dim;
    this.#graph = graph;
    this.#rows = new Int8Rows(dim, graph.getMaxElements());
    this.#sum = new Float64Array(dim);
    this.#parameters = { M: parameters.M, efConstruction: parameters.efConstruction };
    this.#lists = this.#keeper(new NeighbourLists(graph.getMaxElements()));
  }

  /**
   * Reads what `save` wrote. The bytes must have been verified before: hnswlib reads anything.
   * @throws AppError `generation_damaged` when graph and ids do not belong together.
   */
  static async load(dir: string, dim: number, parameters: HnswParameters): Promise<HnswIndex> {
    const index = new HnswIndex(dim, { ...parameters, capacity: 1 });
    const file = join(dir, GRAPH_FILE);
    const ids = await readIds(dir);
    try {
      index.#graph.readIndexSync(file);
    } catch (error) {
      throw new AppError('generation_damaged', `${file}: ${messageOf(error)}`, { cause: error });
    }
    if (index.#graph.getCurrentCount() !== ids.length) {
      throw new AppError('generation_damaged', `${file} holds ${index.#graph.getCurrentCount()} points, its ids ${ids.length}`);
    }
    index.#ids = ids;
    for (const [label, id] of ids.entries()) if (id !== null) index.#labels.set(id, label);
    index.#rows = (await Int8Rows.load(dir, dim, ids.length)) ?? (await rowsOfGraph(file, dim, ids.length));
    for (const label of index.#labels.values()) index.#rows.addTo(index.#sum, label, 1);
    index.#lists = index.#keeper((await NeighbourLists.load(dir, ids.length)) ?? new NeighbourLists(ids.length));
    return index;
  }

  async upsert(ids: readonly PaperId[], vectors: Float32Array): Promise<void> {
    checkVectors(vectors, ids.length, this.#dim);
    for (const [i, id] of ids.entries()) {
      if (i > 0 && i % POINTS_A_SLICE === 0) await yieldToOthers();
      this.#upsertOne(id, Array.from(vectors.subarray(i * this.#dim, (i + 1) * this.#dim)));
    }
  }

  async remove(ids: readonly PaperId[]): Promise<void> {
    for (const id of ids) this.#removeOne(id);
  }

  async search(queries: readonly IndexQuery[], options: IndexSearchOptions): Promise<Neighbour[][]> {
    const answers: Neighbour[][] = [];
    for (const query of queries) answers.push(await this.#searchOne(query, options));
    return answers;
  }

  async neighbours(id: PaperId, k: number): Promise<Neighbour[] | undefined> {
    const near = this.#lists.read(this.#labelOf(id), k);
    return near?.labels.map((label, i) => ({ id: this.#ids[label] ?? '', score: 1 - (near.distances[i] ?? 1) }));
  }

  /** Makes the nearest of one paper ready: a few milliseconds of work. @returns false when those of all are. */
  keepOne(): Promise<boolean> {
    return this.#lists.step();
  }

  /** Papers that can be found. */
  get size(): number {
    return this.#labels.size;
  }

  /** Papers that came since the nearest of all were ready; until they are kept too, few others are answered from what is kept. */
  get unkept(): number {
    return this.#lists.pending;
  }

  async standing(
    query: IndexQuery,
    id: PaperId,
    { exclude = [], among = 'all' }: Pick<IndexSearchOptions, 'exclude' | 'among'> = {},
  ): Promise<Standing | undefined> {
    const { point, left } = this.#asked(query, exclude);
    return standingOf(this.#scanned(), point, id, { among, left });
  }

  async vectors(ids: readonly PaperId[]): Promise<(Float32Array | undefined)[]> {
    return ids.map((id) => {
      const label = this.#labels.get(id);
      return label === undefined ? undefined : Float32Array.from(this.#graph.getPoint(label));
    });
  }

  async cosines(ids: readonly PaperId[], vectors: readonly Float32Array[]): Promise<NearCosines> {
    const queries = vectors.map((vector) => Float64Array.from(vector));
    const cosines = new Float64Array(ids.length * queries.length).fill(Number.NaN);
    const errors = new Float64Array(ids.length);
    for (const [i, id] of ids.entries()) {
      const label = this.#labels.get(id);
      if (label === undefined) continue;
      for (const [j, query] of queries.entries()) cosines[i * queries.length + j] = this.#rows.dot(label, query);
      errors[i] = this.#rows.errorOf(label);
    }
    return { cosines, errors };
  }

  async centre(): Promise<Float32Array> {
    return Float32Array.from(this.#sum, (value) => value / Math.max(1, this.#labels.size));
  }

  async stats(): Promise<IndexStats> {
    const points = this.#ids.length;
    return {
      kind: 'hnsw',
      dim: this.#dim,
      count: this.#labels.size,
      tombstones: points - this.#labels.size,
      kept: this.#lists.kept,
      sizeBytes:
        this.#graph.getMaxElements() * 4 * (this.#dim + 2 * this.#parameters.M + 4) + this.#rows.sizeBytes + this.#lists.sizeBytes,
    };
  }

  async save(dir: string): Promise<void> {
    // Taken together, before anything is awaited: no upsert may come between the graph and its ids. Rows never change.
    const ids = this.#ids.slice();
    const file = join(dir, GRAPH_FILE);
    this.#graph.writeIndexSync(file);
    const { size } = await stat(file);
    const least = leastGraphBytes(ids.length, this.#dim, this.#parameters.M);
    if (size < least) throw new AppError('store_unwritable', `${file} got ${size} bytes of at least ${least}: is the disk full?`);
    await writeIds(dir, ids);
    await this.#rows.save(dir, ids.length);
    await this.#lists.save(dir, ids.length);
  }

  async close(): Promise<void> {
    this.#labels.clear();
    this.#ids = [];
    this.#rows = new Int8Rows(this.#dim, 0);
    this.#sum.fill(0);
    this.#lists = this.#keeper(new NeighbourLists(0));
  }

  #upsertOne(id: PaperId, point: number[]): void {
    const label = this.#labels.get(id);
    if (label !== undefined) {
      const stored = this.#graph.getPoint(label);
      if (stored.every((value, i) => value === point[i])) return;
      this.#removeOne(id);
    }
    const next = this.#ids.length;
    if (next >= this.#graph.getMaxElements()) this.#grow();
    this.#graph.addPoint(point, next);
    this.#rows.add(next, point);
    this.#rows.addTo(this.#sum, next, 1);
    this.#ids.push(id);
    this.#labels.set(id, next);
  }

  /** Never to zero, which is what the file of an empty graph declares: hnswlib frees its memory twice then. */
  #grow(): void {
    this.#graph.resizeIndex(grownCapacity(this.#graph.getMaxElements(), this.#ids.length + 1));
  }

  #removeOne(id: PaperId): void {
    const label = this.#labels.get(id);
    if (label === undefined) return;
    this.#graph.markDelete(label);
    this.#rows.addTo(this.#sum, label, -1);
    this.#labels.delete(id);
    this.#ids[label] = null;
    this.#lists.gone(label);
  }

  /** The vector that is asked with, and all that is no answer to it. */
  #asked(query: IndexQuery, exclude: readonly PaperId[]): { point: number[]; left: Set<PaperId> } {
    const left = new Set(exclude);
    if (typeof query !== 'string') {
      checkVectors(query, 1, this.#dim);
      return { point: Array.from(query), left };
    }
    return { point: this.#graph.getPoint(this.#labelOf(query)), left: left.add(query) };
  }

  #labelOf(id: PaperId): number {
    const label = this.#labels.get(id);
    if (label === undefined) throw new AppError('paper_not_found', `the index holds no paper "${id}"`);
    return label;
  }

  async #searchOne(query: IndexQuery, options: IndexSearchOptions): Promise<Neighbour[]> {
    const { k, efSearch = DEFAULT_EF_SEARCH, exclude = [], among } = options;
    const { point, left } = this.#asked(query, exclude);
    if (among !== undefined) return this.#scan(point, { k, among, left });
    let excluded = 0;
    for (const id of left) if (this.#labels.has(id)) excluded++;
    const available = this.#labels.size - excluded;
    const wanted = Math.min(k, available);
    if (wanted === 0) return [];
    for (let width = Math.max(efSearch, wanted + excluded); ; width *= 4) {
      const found = this.#searchGraph(point, wanted + excluded, width, left);
      if (found.length >= wanted) return found.slice(0, wanted);
      // Tombstones around the query can hide the rest; past the whole graph only points without a way in are left.
      if (width >= this.#ids.length) return this.#scan(point, { k: wanted, among: 'all', left });
    }
  }

  #searchGraph(point: number[], k: number, width: number, left: ReadonlySet<PaperId>): Neighbour[] {
    if (width !== this.#efSearch) {
      this.#graph.setEf(width);
      this.#efSearch = width;
    }
    const { neighbors, distances } = this.#graph.searchKnn(point, k);
    const found: Neighbour[] = [];
    for (const [i, label] of neighbors.entries()) {
      const id = this.#ids[label];
      if (id === null || id === undefined || left.has(id)) continue;
      found.push({ id, score: 1 - (distances[i] ?? 1) });
    }
    return found.sort(byScore);
  }

  #keeper(lists: NeighbourLists): ListKeeper {
    const isLive = (label: number) => this.#ids[label] != null;
    const graph: ListedGraph = {
      points: () => this.#ids.length,
      papers: () => this.#labels.size,
      isLive,
      compare: (a, b) => ((this.#ids[a] ?? '') < (this.#ids[b] ?? '') ? -1 : 1),
      nearest: async (label, count) => {
        const found = await this.#searchOne(this.#ids[label] ?? '', { k: count, efSearch: KEPT_EF_SEARCH });
        const near: Near = { labels: [], distances: [] };
        for (const { id, score } of found) {
          const other = this.#labels.get(id);
          // Removed since it was found.
          if (other === undefined) continue;
          near.labels.push(other);
          near.distances.push(1 - score);
        }
        return near;
      },
    };
    return new ListKeeper(graph, lists);
  }

  #scan(point: number[], options: ScanOptions): Promise<Neighbour[]> {
    return scan(this.#scanned(), point, options);
  }

  #scanned(): Scanned {
    return { rows: this.#rows, labels: this.#labels, vectorAt: (label) => this.#graph.getPoint(label) };
  }
}

/** For a generation of an older version, which has no file of rows. */
async function rowsOfGraph(file: string, dim: number, points: number): Promise<Int8Rows> {
  const rows = new Int8Rows(dim, points);
  await readGraphVectors(file, dim, (label, vector) => rows.add(label, vector));
  return rows;
}
