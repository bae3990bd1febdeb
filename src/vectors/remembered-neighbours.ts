/** An index whose kept neighbours, once read, are remembered on this side of its thread until it changes: a decorator. */

import type { PaperId } from '../paper.ts';
import { createRecentCache } from '../recent-cache.ts';
import type { LiveIndex } from './live-index.ts';
import type { Neighbour } from './vector-index.ts';

/** Papers whose neighbours are remembered, about 1.5 KB each. */
const REMEMBERED = 8_192;

interface Remembered {
  /** As many as were asked for at most, or all there are. */
  k: number;
  neighbours: Neighbour[];
  /** The first so many of them: asked for again, the same array. */
  beginnings: Map<number, Neighbour[]>;
}

export interface WatchedIndex extends LiveIndex {
  /** Only rises, and stays as it is as long as the index and its generation do. */
  readonly turn: number;
}

/** The same array is given for the same list as long as it is remembered. */
export function rememberNeighbours(index: LiveIndex): WatchedIndex {
  const known = createRecentCache<PaperId, Remembered>(REMEMBERED);
  /** Counts beginnings and ends of writes: what was read across one may be older than it. */
  let turn = 0;
  let writing = 0;

  async function write<T>(change: () => Promise<T>): Promise<T> {
    writing++;
    forget();
    try {
      return await change();
    } finally {
      writing--;
      forget();
    }
  }

  function forget(): void {
    turn++;
    known.clear();
  }

  return {
    ...index,
    get turn() {
      return turn;
    },
    async publish(revision) {
      const status = await index.publish(revision);
      turn++;
      return status;
    },
    upsert: (ids, vectors) => write(() => index.upsert(ids, vectors)),
    remove: (ids) => write(() => index.remove(ids)),
    async neighbours(id, k) {
      const found = known.get(id);
      if (found !== undefined && found.k >= k) return beginningOf(found, k);
      const before = turn;
      const neighbours = await index.neighbours(id, k);
      if (neighbours !== undefined && writing === 0 && before === turn) known.set(id, { k, neighbours, beginnings: new Map() });
      return neighbours;
    },
  };
}

function beginningOf({ neighbours, beginnings }: Remembered, k: number): Neighbour[] {
  if (neighbours.length <= k) return neighbours;
  let beginning = beginnings.get(k);
  if (beginning === undefined) {
    beginning = neighbours.slice(0, k);
    beginnings.set(k, beginning);
  }
  return beginning;
}
