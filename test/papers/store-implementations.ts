/** Every implementation of `PaperStore`, for the suites that each of them has to pass. */
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
