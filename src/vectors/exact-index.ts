/** The exact index: a scan over all vectors. Ground truth for HNSW, and the faster one for small corpora. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { PaperId } from '../paper.ts';
import { checkVectors } from './check-vectors.ts';
import { readIds, writeIds } from './ids-file.ts';
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

const VECTORS_FILE = 'vectors.f32';

export class ExactIndex implements VectorIndex {
  readonly #dim: number;
  readonly #rows = new Map<PaperId, number>();
  #ids: PaperId[] = [];
  #data: Float32Array;

  constructor(dim: number, options: { capacity?: number } = {}) {
    this.#dim = dim;
    this.#data = new Float32Array((options.capacity ?? 1024) * dim);
  }

  /** Reads what `save` wrote. */
  static async load(dir: string, dim: number): Promise<ExactIndex> {
    const ids = await readIds(dir);
    const bytes = await readFile(join(dir, VECTORS_FILE));
    const vectors = new Float32Array(bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
    new Uint8Array(vectors.buffer).set(bytes);
    const index = new ExactIndex(dim, { capacity: ids.length });
    await index.upsert(
      ids.filter((id) => id !== null),
      vectors,
    );
    return index;
  }

  async upsert(ids: readonly PaperId[], vectors: Float32Array): Promise<void> {
    checkVectors(vectors, ids.length, this.#dim);
    for (const [i, id] of ids.entries()) {
      const row = this.#rows.get(id) ?? this.#append(id);
      this.#data.set(vectors.subarray(i * this.#dim, (i + 1) * this.#dim), row * this.#dim);
    }
  }

  async remove(ids: readonly PaperId[]): Promise<void> {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      this.#rows.delete(id);
      const last = this.#ids.pop();
      if (last === undefined || last === id) continue;
      // The last row takes the free place, so that rows stay dense.
      const from = this.#ids.length * this.#dim;
      this.#data.copyWithin(row * this.#dim, from, from + this.#dim);
      this.#ids[row] = last;
      this.#rows.set(last, row);
    }
  }

  async search(queries: readonly IndexQuery[], options: IndexSearchOptions): Promise<Neighbour[][]> {
    return queries.map((query) => this.#searchOne(query, options));
  }

  async neighbours(id: PaperId, k: number): Promise<Neighbour[]> {
    return this.#searchOne(id, { k });
  }

  async standing(
    query: IndexQuery,
    id: PaperId,
    { exclude = [], among = 'all' }: Pick<IndexSearchOptions, 'exclude' | 'among'> = {},
  ): Promise<Standing | undefined> {
    const row = this.#rows.get(id);
    if (row === undefined) return undefined;
    const others = this.#searchOne(query, { k: this.#ids.length, exclude: [...exclude, id], among });
    const vector = typeof query === 'string' ? this.#vectorOf(query) : query;
    const own = { id, score: this.#dot(vector, row * this.#dim) };
    return { rank: 1 + others.filter((other) => byScore(other, own) < 0).length, score: own.score };
  }

  async vectors(ids: readonly PaperId[]): Promise<(Float32Array | undefined)[]> {
    return ids.map((id) => {
      const row = this.#rows.get(id);
      return row === undefined ? undefined : this.#row(row).slice();
    });
  }

  async cosines(ids: readonly PaperId[], vectors: readonly Float32Array[]): Promise<NearCosines> {
    const cosines = new Float64Array(ids.length * vectors.length).fill(Number.NaN);
    for (const [i, id] of ids.entries()) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      for (const [j, vector] of vectors.entries()) cosines[i * vectors.length + j] = this.#dot(vector, row * this.#dim);
    }
    return { cosines, errors: new Float64Array(ids.length) };
  }

  async centre(): Promise<Float32Array> {
    const sum = new Float64Array(this.#dim);
    for (const row of this.#ids.keys()) {
      const offset = row * this.#dim;
      for (let i = 0; i < this.#dim; i++) sum[i] = (sum[i] as number) + (this.#data[offset + i] as number);
    }
    return Float32Array.from(sum, (value) => value / Math.max(1, this.#ids.length));
  }

  async stats(): Promise<IndexStats> {
    return { kind: 'exact', dim: this.#dim, count: this.#ids.length, tombstones: 0, kept: 0, sizeBytes: this.#data.byteLength };
  }

  async save(dir: string): Promise<void> {
    await writeIds(dir, this.#ids);
    await writeFile(join(dir, VECTORS_FILE), new Uint8Array(this.#data.buffer, 0, this.#ids.length * this.#dim * 4));
  }

  async close(): Promise<void> {
    this.#ids = [];
    this.#rows.clear();
    this.#data = new Float32Array(0);
  }

  #searchOne(query: IndexQuery, { k, exclude = [], among }: IndexSearchOptions): Neighbour[] {
    const vector = typeof query === 'string' ? this.#vectorOf(query) : query;
    checkVectors(vector, 1, this.#dim);
    const left = new Set(exclude);
    if (typeof query === 'string') left.add(query);
    const best: Neighbour[] = [];
    let worst = Number.NEGATIVE_INFINITY;
    for (const row of among === undefined || among === 'all' ? this.#ids.keys() : this.#rowsOf(among)) {
      const score = this.#dot(vector, row * this.#dim);
      if (score < worst) continue;
      const id = this.#ids[row] as PaperId;
      if (left.has(id)) continue;
      best.push({ id, score });
      // Sorting once in a while costs less than keeping a heap: most rows never get here.
      if (best.length >= 4 * k) {
        best.sort(byScore).length = k;
        worst = best[k - 1]?.score ?? worst;
      }
    }
    best.sort(byScore);
    return best.slice(0, k);
  }

  /** Four sums side by side, so that the additions do not wait for each other. */
  #dot(query: Float32Array, offset: number): number {
    const data = this.#data;
    const dim = this.#dim;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = 0;
    for (; i + 3 < dim; i += 4) {
      a += (query[i] as number) * (data[offset + i] as number);
      b += (query[i + 1] as number) * (data[offset + i + 1] as number);
      c += (query[i + 2] as number) * (data[offset + i + 2] as number);
      d += (query[i + 3] as number) * (data[offset + i + 3] as number);
    }
    for (; i < dim; i++) a += (query[i] as number) * (data[offset + i] as number);
    return a + b + c + d;
  }

  #vectorOf(id: PaperId): Float32Array {
    const row = this.#rows.get(id);
    if (row === undefined) throw new AppError('paper_not_found', `the index holds no paper "${id}"`);
    return this.#row(row);
  }

  #rowsOf(ids: readonly PaperId[]): Set<number> {
    const rows = new Set<number>();
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row !== undefined) rows.add(row);
    }
    return rows;
  }

  #row(row: number): Float32Array {
    return this.#data.subarray(row * this.#dim, (row + 1) * this.#dim);
  }

  #append(id: PaperId): number {
    const row = this.#ids.length;
    if ((row + 1) * this.#dim > this.#data.length) {
      const grown = new Float32Array(Math.max(1024 * this.#dim, this.#data.length * 2));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#ids.push(id);
    this.#rows.set(id, row);
    return row;
  }
}
