/** A store whose papers, once read as records, are kept: a decorator. What is acknowledged is seen at once, what other processes write soon. */

import type { PaperId, PaperRecord } from '../paper.ts';
import { createRecentCache } from '../recent-cache.ts';
import type { PaperStore, Revision, WatchedStore } from './paper-store.ts';

export interface CachedRecordsOptions {
  /** Of the records with what is made of them, about. */
  maxBytes: number;
  /** What another process has written is seen after so many milliseconds at most. Default 50. */
  freshMs?: number;
}

const FRESH_MS = 50;
/** Beside its JSON: objects, and what is compared of a paper when versions are folded. */
const OVERHEAD_BYTES = 1_500;
/** Where more have changed at once, all are forgotten. */
const MOST_TOUCHED = 1_000;

export function cacheRecords(store: PaperStore, { maxBytes, freshMs = FRESH_MS }: CachedRecordsOptions): WatchedStore {
  const cache = createRecentCache<PaperId, PaperRecord>(maxBytes, ({ json }) => json.byteLength + OVERHEAD_BYTES);
  /** Counts what was forgotten: a record that was read before may be older than that. */
  let turn = 0;
  let seen: Revision | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  function forget(ids: readonly PaperId[]): void {
    turn++;
    for (const id of ids) cache.delete(id);
  }

  async function lookNow(): Promise<void> {
    const now = performance.now();
    if (seen === undefined) seen = await store.revision();
    const { ids, complete, revision } = await store.touched(seen, { limit: MOST_TOUCHED });
    if (ids.length > 0) forget(ids);
    if (!complete) cache.clear();
    seen = revision;
    lookedAt = now;
  }

  function look(): Promise<void> | undefined {
    if (performance.now() - lookedAt <= freshMs) return undefined;
    looking ??= lookNow().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  /** Forgets what `write` may have changed, whether it succeeds or not. */
  async function writing<T>(ids: readonly PaperId[], write: Promise<T>): Promise<T> {
    try {
      return await write;
    } finally {
      forget(ids);
    }
  }

  return {
    ...store,
    get turn() {
      return turn;
    },
    look,
    async records(ids) {
      await look();
      const found = ids.map((id) => cache.get(id));
      const missing = ids.filter((_, i) => found[i] === undefined);
      if (missing.length === 0) return found;
      const before = turn;
      const read = new Map((await store.records(missing)).flatMap((record) => (record === undefined ? [] : [[record.id, record]])));
      if (before === turn) for (const [id, record] of read) cache.set(id, record);
      return ids.map((id, i) => found[i] ?? read.get(id));
    },
    upsert: (drafts, mode) =>
      writing(
        drafts.map(({ id }) => id),
        store.upsert(drafts, mode),
      ),
    remove: (ids) => writing(ids, store.remove(ids)),
  };
}
