/** The composition root: the only file that constructs implementations. It holds no rule of its own. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { activeModel, generationsOf } from './active-model.ts';
import type { DataFolder } from './backup/data-folder.ts';
import { type Config, PACKAGE_ROOT } from './config.ts';
import type { EmbedWork } from './embed/embedder.ts';
import { type Engine, openEngine } from './engine.ts';
import { cacheRecords } from './papers/cached-records.ts';
import type { JobStore } from './papers/job-store.ts';
import type { PaperStore, SpaceRef, StoreCounts, StoredSpace, WatchedStore } from './papers/paper-store.ts';
import { openThreadedStores, type Stores } from './papers/threaded-stores.ts';
import { lockForWriting } from './papers/writer-lock.ts';
import { createSwap } from './swap.ts';
import { currentGeneration } from './vectors/generation.ts';

/** Embedder, index, indexer and recommender stand for whichever engine is current: a change of model replaces it. */
export interface Services extends Engine {
  version: string;
  store: WatchedStore;
  jobs: JobStore;
  /** What to run where another model was asked for than is served; null where they agree. */
  readonly notice: string | null;
  /** Only rises, and stays as it is as long as the same question has the same answer. */
  readonly turn: number;
  /** Looks for what other processes wrote; undefined where that was done just now. */
  look(): Promise<void> | undefined;
  /** Calls `watcher` with each piece of embedding work that is done, whichever engine does it. */
  watchEmbedding(watcher: (work: EmbedWork) => void): void;
  /**
   * Goes over to the generation, and the model, that another process has made the current one; true when it did.
   * Calls under way end with what they began with.
   */
  refresh(): Promise<boolean>;
  close(): Promise<void>;
}

/** The bundled corpus, parsed from the pages beside it. */
export const SEED_CORPUS = join(PACKAGE_ROOT, 'seeds/papers.jsonl');

/** The built page; absent until `npm run build` has run. */
export const UI_DIR = join(PACKAGE_ROOT, 'dist/ui');

export interface OpenOptions {
  /** `read` opens an existing store for reading, beside whoever writes; the others take the folder's writer lock. Default `service`. */
  access?: 'read' | 'command' | 'service';
}

/**
 * Opens everything that a server or a command needs.
 * @throws AppError `data_folder_in_use`, `model_invalid`, `space_mismatch`, `store_invalid`: nothing is left open then.
 */
export async function openServices(config: Config, { access = 'service' }: OpenOptions = {}): Promise<Services> {
  await mkdir(config.dataDir, { recursive: true });
  const lock = access === 'read' ? undefined : lockForWriting(config.dataDir, access);
  const opening = openStores(config, access);
  try {
    const spaces = async () => (await opening).papers.spaces();
    const active = await activeModel(config, spaces);
    const watchers: EmbedWatchers = [];
    const store = opening.then(({ papers }) => papers);
    const engine = await openEngine({ config, active, store, onEmbedWork: teller(watchers) });
    return await assemble(config, await opening, { engine, watchers, notice: active.notice, release: () => lock?.release() });
  } catch (error) {
    await closeOpened(opening);
    lock?.release();
    throw error;
  }
}

type WatchedStores = Omit<Stores, 'papers'> & { papers: WatchedStore };
type EmbedWatchers = ((work: EmbedWork) => void)[];

function teller(watchers: EmbedWatchers): (work: EmbedWork) => void {
  return (work) => {
    for (const watcher of watchers) watcher(work);
  };
}

interface Opened {
  engine: Engine;
  watchers: EmbedWatchers;
  notice: string | null;
  release: () => void;
}

async function assemble(config: Config, stores: WatchedStores, opened: Opened): Promise<Services> {
  const { papers: store, jobs } = stores;
  const root = generationsOf(config.dataDir);
  const swap = createSwap(opened.engine);
  let { notice } = opened;
  let seen = await currentGeneration(root);
  let refreshing: Promise<unknown> = Promise.resolve();
  /** Turns of the engines before. */
  let passed = 0;

  /** The current generation on disk, where another process has made it that. */
  async function generationOfOthers(): Promise<string | undefined> {
    const pointer = await currentGeneration(root);
    if (pointer === swap.current.indexer.generation.generation) seen = pointer;
    return pointer === seen ? undefined : pointer;
  }

  async function adopt(): Promise<boolean> {
    if ((await generationOfOthers()) === undefined) return false;
    const before = swap.current;
    // The indexer switches to what it publishes before it says so.
    const pointer = await before.indexer.between(generationOfOthers);
    if (pointer === undefined) return false;
    const active = await activeModel(config, () => store.spaces());
    const embedder = active.space === before.embedder.space ? before.embedder : undefined;
    const onEmbedWork = teller(opened.watchers);
    const next = await openEngine({ config, active, store: Promise.resolve(store), embedder, onEmbedWork });
    // What came while the generation was made: embedded and indexed before anybody asks.
    await next.indexer.sync();
    passed += before.index.turn + 1;
    const drained = swap.replace(next);
    notice = active.notice;
    seen = pointer;
    await drained;
    await before.index.close();
    if (embedder === undefined) await before.embedder.close();
    // What was written to the old one at the last moment.
    await next.indexer.sync();
    return true;
  }

  return {
    version: await readVersion(),
    store,
    jobs,
    embedder: swap.part('embedder'),
    index: swap.part('index'),
    indexer: swap.part('indexer'),
    recommender: swap.part('recommender'),
    recall: swap.part('recall'),
    get notice() {
      return notice;
    },
    get turn() {
      return passed + store.turn + swap.current.index.turn;
    },
    look: store.look,
    watchEmbedding(watcher) {
      opened.watchers.push(watcher);
    },
    refresh() {
      const run = refreshing.then(adopt, adopt);
      refreshing = run.catch(() => undefined);
      return run;
    },
    async close() {
      await refreshing;
      const { embedder, index } = swap.current;
      await index.close();
      await stores.close();
      await embedder.close();
      opened.release();
    },
  };
}

async function openStores(config: Config, access: OpenOptions['access']): Promise<WatchedStores> {
  const { papers, ...rest } = await openThreadedStores(databaseFile(config), {
    readOnly: access === 'read',
    // A command asks once: making the index would take longer than the answer.
    textIndexFile: access === 'service' ? join(config.dataDir, 'texts.index') : undefined,
  });
  return { ...rest, papers: cacheRecords(papers, { maxBytes: config.paperCacheBytes }) };
}

async function closeOpened(opening: Promise<WatchedStores>): Promise<void> {
  const [opened] = await Promise.allSettled([opening]);
  if (opened.status === 'fulfilled') await opened.value.close();
}

/** The job queue of a data folder that a service is running on. */
export async function openQueue(config: Config): Promise<{ jobs: JobStore; close(): Promise<void> }> {
  return openThreadedStores(databaseFile(config));
}

/** What the data folder's store holds, without a model or an index; nothing where there is no database. */
export async function countPapers(config: Config, space: SpaceRef): Promise<Pick<StoreCounts, 'papers' | 'pending'>> {
  return (await readStore(config, (papers) => papers.counts(space))) ?? { papers: 0, pending: 0 };
}

/** Spaces that the data folder has vectors of. */
export async function storedSpaces(config: Config): Promise<StoredSpace[]> {
  return (await readStore(config, (papers) => papers.spaces())) ?? [];
}

async function readStore<T>(config: Config, read: (papers: PaperStore) => Promise<T>): Promise<T | undefined> {
  if (!hasDatabase(config)) return undefined;
  const { papers, close } = await openThreadedStores(databaseFile(config), { readOnly: true });
  return await read(papers).finally(close);
}

/** True when the data folder holds a database. */
export function hasDatabase(config: Config): boolean {
  return existsSync(databaseFile(config));
}

/** The layout of a data folder, for what works on its files. */
export function dataFolder(config: Pick<Config, 'dataDir'>): DataFolder {
  return { dataDir: config.dataDir, database: databaseFile(config), generations: generationsOf(config.dataDir) };
}

export function databaseFile({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'paperkin.db');
}

export async function readVersion(): Promise<string> {
  const json: unknown = JSON.parse(await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(json).version;
}
