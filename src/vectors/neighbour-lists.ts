/**
 * The nearest papers of each paper, as labels of the graph with their distances, nearest first. A paper that comes is offered to
 * the lists around it; one that has gone keeps its place until it is needed, and is passed over when a list is read.
 */
import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { FIRST_CAPACITY, grownCapacity } from './capacity.ts';
import { readFully } from './graph-file.ts';
import { KEPT } from './vector-index.ts';

const LISTS_FILE = 'neighbours.u32';
/** No label: where a list ends early, because there were no more papers. */
const NONE = 0xffffffff;
const LIST_BYTES = 4 + KEPT * 8;

/** Who is a neighbour of whom, nearest first. */
export interface Near {
  labels: number[];
  distances: number[];
}

/** What lists have to know of the labels in them. */
export interface Labels {
  /** False once the paper was removed or replaced. */
  isLive(label: number): boolean;
  /** Below 0 where `a` stands before `b` at the same distance; both are live. */
  compare(a: number, b: number): number;
}

export class NeighbourLists {
  /** By label: how many points the graph had when the list was found; 0 where there is none. */
  #seen: Uint32Array;
  #labels: Uint32Array;
  #distances: Float32Array;

  constructor(capacity = FIRST_CAPACITY) {
    this.#seen = new Uint32Array(capacity);
    this.#labels = new Uint32Array(capacity * KEPT);
    this.#distances = new Float32Array(capacity * KEPT);
  }

  /**
   * Reads the lists of `count` labels that `save` wrote; undefined where there is no file, as in a generation of an older version.
   * @throws AppError `generation_damaged` when the file is not of the size that so many lists have.
   */
  static async load(dir: string, count: number): Promise<NeighbourLists | undefined> {
    const file = join(dir, LISTS_FILE);
    if (!existsSync(file)) return undefined;
    const { size } = await stat(file);
    if (size !== count * LIST_BYTES) {
      throw new AppError('generation_damaged', `${file} has ${size} bytes, ${count} lists have ${count * LIST_BYTES}`);
    }
    const lists = new NeighbourLists(count);
    const handle = await open(file, 'r');
    try {
      let position = 0;
      for (const part of lists.#parts(count)) {
        await readFully(handle, part, position, file);
        position += part.length;
      }
    } finally {
      await handle.close();
    }
    return lists;
  }

  /** Writes the first `count` lists into a folder; nothing may be set or offered meanwhile. */
  async save(dir: string, count: number): Promise<void> {
    this.#reserve(count);
    const handle = await open(join(dir, LISTS_FILE), 'w');
    try {
      for (const part of this.#parts(count)) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
  }

  /** Places that are allocated, bytes. */
  get sizeBytes(): number {
    return this.#seen.length * LIST_BYTES;
  }

  /** Points that the graph had when the list of a label was found; 0 where there is none. */
  seen(label: number): number {
    return this.#seen[label] ?? 0;
  }

  /** @param seen points that the graph had, 1 or more. */
  set(label: number, { labels, distances }: Near, seen: number): void {
    this.#reserve(label + 1);
    const from = label * KEPT;
    for (let i = 0; i < KEPT; i++) {
      this.#labels[from + i] = labels[i] ?? NONE;
      this.#distances[from + i] = distances[i] ?? 0;
    }
    this.#seen[label] = seen;
  }

  /**
   * Puts a newcomer where it belongs in the list of `label`, for one that has gone or else for the last. A full list knows nothing
   * of what lies behind its last entry, gone or not: nothing is put there.
   */
  offer(label: number, newcomer: number, distance: number, all: Labels): void {
    const from = label * KEPT;
    const last = from + KEPT - 1;
    // Most are turned away.
    if (this.#labels[last] !== NONE && distance >= (this.#distances[last] as number)) return;
    const labels = this.#labels.subarray(from, from + KEPT);
    const distances = this.#distances.subarray(from, from + KEPT);
    const at = labels.findIndex((one, i) => {
      if (one === NONE) return true;
      const difference = (distances[i] as number) - distance;
      return difference > 0 || (difference === 0 && all.isLive(one) && all.compare(one, newcomer) > 0);
    });
    if (labels.includes(newcomer)) return;
    const gone = labels.findIndex((one) => one === NONE || !all.isLive(one));
    const free = gone === -1 ? KEPT - 1 : gone;
    const place = free < at ? at - 1 : at;
    if (free < at) {
      labels.copyWithin(free, free + 1, at);
      distances.copyWithin(free, free + 1, at);
    } else {
      labels.copyWithin(at + 1, at, free);
      distances.copyWithin(at + 1, at, free);
    }
    labels[place] = newcomer;
    distances[place] = distance;
  }

  /** The first `k` of a list that are live, fewer where it holds fewer. */
  read(label: number, k: number, all: Labels): Near {
    const from = label * KEPT;
    const labels: number[] = [];
    const distances: number[] = [];
    for (let i = from; i < from + KEPT && labels.length < k; i++) {
      const other = this.#labels[i] as number;
      if (other === NONE) break;
      if (!all.isLive(other)) continue;
      labels.push(other);
      distances.push(this.#distances[i] as number);
    }
    return { labels, distances };
  }

  /** The parts of the file, in order. */
  #parts(count: number): Uint8Array[] {
    return [
      new Uint8Array(this.#seen.buffer, 0, count * 4),
      new Uint8Array(this.#labels.buffer, 0, count * KEPT * 4),
      new Uint8Array(this.#distances.buffer, 0, count * KEPT * 4),
    ];
  }

  #reserve(count: number): void {
    const capacity = this.#seen.length;
    if (count <= capacity) return;
    const grown = new NeighbourLists(grownCapacity(capacity, count));
    grown.#seen.set(this.#seen);
    grown.#labels.set(this.#labels);
    grown.#distances.set(this.#distances);
    [this.#seen, this.#labels, this.#distances] = [grown.#seen, grown.#labels, grown.#distances];
  }
}
