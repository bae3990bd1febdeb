/**
 * A quarter of the index's vectors: each as int8 with one scale and the length of what the rounding left out. Cosines
 * from here are near, and how near is known. hnswlib gives a vector back one number at a time, about 70 µs for 384.
 */
import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { FIRST_CAPACITY, grownCapacity } from './capacity.ts';
import { readFully } from './graph-file.ts';

const ROWS_FILE = 'rows.i8';
const LARGEST_INT8 = 127;
/** Beside its numbers a row has a scale and an error, side by side. */
const HEAD = 2;
const HEAD_BYTES = HEAD * Float32Array.BYTES_PER_ELEMENT;
/** Added to each error in parts of the vector's length, for the rounding of float32 and of the sums. */
const FLOAT_SLACK = 1e-6;

/** Rows stand at the labels of the graph: they are added, read, and never change. */
export class Int8Rows {
  readonly #dim: number;
  #numbers: Int8Array;
  #heads: Float32Array;

  constructor(dim: number, capacity = FIRST_CAPACITY) {
    this.#dim = dim;
    this.#numbers = new Int8Array(capacity * dim);
    this.#heads = new Float32Array(capacity * HEAD);
  }

  /**
   * Reads the `count` rows that `save` wrote; undefined where there is no file, as in a generation of an older version.
   * @throws AppError `generation_damaged` when the file is not of the size that `count` rows have.
   */
  static async load(dir: string, dim: number, count: number): Promise<Int8Rows | undefined> {
    const file = join(dir, ROWS_FILE);
    if (!existsSync(file)) return undefined;
    const expected = count * (dim + HEAD_BYTES);
    const { size } = await stat(file);
    if (size !== expected) {
      throw new AppError('generation_damaged', `${file} has ${size} bytes, ${count} rows of ${dim} numbers have ${expected}`);
    }
    const rows = new Int8Rows(dim, count);
    const handle = await open(file, 'r');
    try {
      const [heads, numbers] = rows.#parts(count);
      await readFully(handle, heads, 0, file);
      await readFully(handle, numbers, heads.length, file);
    } finally {
      await handle.close();
    }
    return rows;
  }

  /** Writes the first `count` rows into a folder; rows may be added meanwhile. */
  async save(dir: string, count: number): Promise<void> {
    const [heads, numbers] = this.#parts(count);
    const handle = await open(join(dir, ROWS_FILE), 'w');
    try {
      await handle.writeFile(heads);
      await handle.writeFile(numbers);
    } finally {
      await handle.close();
    }
  }

  /** Places that are allocated, bytes. */
  get sizeBytes(): number {
    return this.#numbers.byteLength + this.#heads.byteLength;
  }

  /** Puts a vector (length dim, finite) at a label that has none; the labels need not be in order. */
  add(label: number, vector: ArrayLike<number>): void {
    const capacity = this.#heads.length / HEAD;
    if (label >= capacity) this.#grow(grownCapacity(capacity, label + 1));
    const dim = this.#dim;
    let largest = 0;
    for (let i = 0; i < dim; i++) largest = Math.max(largest, Math.abs(vector[i] as number));
    const scale = Math.fround(largest / LARGEST_INT8);
    const offset = label * dim;
    let length = 0;
    let left = 0;
    for (let i = 0; i < dim; i++) {
      const value = vector[i] as number;
      this.#numbers[offset + i] = scale === 0 ? 0 : Math.round(value / scale);
      length += value ** 2;
      left += (value - (this.#numbers[offset + i] as number) * scale) ** 2;
    }
    this.#heads[label * HEAD] = scale;
    this.#heads[label * HEAD + 1] = Math.sqrt(left) + FLOAT_SLACK * Math.sqrt(length);
  }

  /** About the inner product of a row and `query` (length dim): off by at most `errorOf(label)` times the query's length. */
  dot(label: number, query: Float64Array): number {
    const numbers = this.#numbers;
    const dim = this.#dim;
    const offset = label * dim;
    // Four sums side by side, so that the additions do not wait for each other.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = 0;
    for (; i + 3 < dim; i += 4) {
      a += (query[i] as number) * (numbers[offset + i] as number);
      b += (query[i + 1] as number) * (numbers[offset + i + 1] as number);
      c += (query[i + 2] as number) * (numbers[offset + i + 2] as number);
      d += (query[i + 3] as number) * (numbers[offset + i + 3] as number);
    }
    for (; i < dim; i++) a += (query[i] as number) * (numbers[offset + i] as number);
    return (a + b + c + d) * (this.#heads[label * HEAD] as number);
  }

  /**
   * Adds a row `times` times to `sum` (length dim), whole or negative. Rows are few bits of a float64: sums of unit vectors lose
   * nothing, so that rows that were added and taken away again leave what was there before.
   */
  addTo(sum: Float64Array, label: number, times: number): void {
    const scale = times * (this.#heads[label * HEAD] as number);
    const offset = label * this.#dim;
    for (let i = 0; i < this.#dim; i++) sum[i] = (sum[i] as number) + scale * (this.#numbers[offset + i] as number);
  }

  /** Length of the difference between the vector at a label and its row, never less (Cauchy and Schwarz make it a bound). */
  errorOf(label: number): number {
    return this.#heads[label * HEAD + 1] as number;
  }

  /** The two parts of the file, in order. */
  #parts(count: number): [heads: Uint8Array, numbers: Uint8Array] {
    return [new Uint8Array(this.#heads.buffer, 0, count * HEAD_BYTES), new Uint8Array(this.#numbers.buffer, 0, count * this.#dim)];
  }

  #grow(capacity: number): void {
    const [numbers, heads] = [this.#numbers, this.#heads];
    this.#numbers = new Int8Array(capacity * this.#dim);
    this.#numbers.set(numbers);
    this.#heads = new Float32Array(capacity * HEAD);
    this.#heads.set(heads);
  }
}
