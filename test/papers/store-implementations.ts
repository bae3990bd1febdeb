/** Every implementation of `PaperStore`, for the suites that each of them has to pass. */
import { setTimeout as delay } from 'node:timers/promises';
import { cacheRecords } from '#dist/papers/cached-records.js';
import type { PaperStore } from '#dist/papers/paper-store.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { openThreadedStores } from '#dist/papers/threaded-stores.js';

interface Implementation {
  name: string;
  open(file: string): Promise<PaperStore>;
  /** Opening costs more where threads are started. */
  numRuns: number;
}

export const DIRECT: Implementation = {
  name: 'SqlitePaperStore on a file',
  open: async (file) => new SqlitePaperStore(file),
  numRuns: 40,
};
export const IN_MEMORY: Implementation = {
  name: 'SqlitePaperStore in memory',
  open: async () => new SqlitePaperStore(':memory:'),
  numRuns: 60,
};
export const THREADED: Implementation = {
  name: 'openThreadedStores',
  open: async (file) => (await openThreadedStores(file)).papers,
  numRuns: 8,
};
export const CACHED: Implementation = {
  name: 'cacheRecords',
  open: async (file) => cacheRecords((await openThreadedStores(file)).papers, { maxBytes: 1e6 }),
  numRuns: 8,
};

/** Every search is answered by the text index from the first one on. */
export const INDEXED: Implementation = {
  name: 'SqlitePaperStore with a text index',
  open: async (file) => openIndexed(file),
  numRuns: 40,
};

export interface OpenIndexedOptions {
  textIndexFile?: string | null;
  readOnly?: boolean;
  /** Gets what the index says of its file. */
  faults?: string[];
}

/** Resolves when the index answers. */
export async function openIndexed(
  file: string,
  { textIndexFile = null, readOnly = false, faults = [] }: OpenIndexedOptions = {},
): Promise<SqlitePaperStore> {
  const onFault = (message: string) => faults.push(message);
  const store = new SqlitePaperStore(file, { readOnly, textIndex: { file: textIndexFile, onFault } });
  await current(store);
  return store;
}

/** Resolves when the store's text index is up to date. */
export async function current(store: PaperStore): Promise<void> {
  while ((await store.textIndex())?.current === false) await delay(1);
}
