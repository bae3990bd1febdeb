/** The composition root: the only file that constructs implementations. It holds no rule of its own. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataFolder } from './backup/data-folder.ts';
import { type Config, PACKAGE_ROOT } from './config.ts';
import type { Embedder } from './embed/embedder.ts';
import { readModel, spaceOf } from './embed/manifest.ts';
import { PooledEmbedder } from './embed/pooled-embedder.ts';
import { createIndexer, type Indexer } from './jobs/indexer.ts';
import { chooseModel } from './models/model-choice.ts';
import type { PaperStore, SpaceRef, StoreCounts } from './papers/paper-store.ts';
import { openThreadedPaperStore } from './papers/threaded-paper-store.ts';
import { createRecommender, type Recommender } from './recommend/recommender.ts';
import type { LiveIndex } from './vectors/live-index.ts';
import { openThreadedLiveIndex } from './vectors/threaded-live-index.ts';

export interface Services {
  version: string;
  store: PaperStore;
  embedder: Embedder;
  index: LiveIndex;
  indexer: Indexer;
  recommender: Recommender;
  close(): Promise<void>;
}

/** The bundled corpus, parsed from the pages beside it. */
export const SEED_CORPUS = join(PACKAGE_ROOT, 'seeds/papers.jsonl');

/** The built page; absent until `npm run build` has run. */
export const UI_DIR = join(PACKAGE_ROOT, 'dist/ui');

export interface OpenOptions {
  /** Build the graph anew from the stored vectors instead of opening the current generation. */
  freshIndex?: boolean;
}

/**
 * Opens everything that a server or a command needs.
 * @throws AppError `model_invalid`, `store_invalid`: nothing is left open then.
 */
export async function openServices(config: Config, { freshIndex = false }: OpenOptions = {}): Promise<Services> {
  await mkdir(config.dataDir, { recursive: true });
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  /** Keeps what opened, also when something beside it did not. */
  const opened = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const part = await opening;
    closers.push(() => part.close());
    return part;
  };
  try {
    const { dir } = await chooseModel(config);
    const model = await readModel(dir);
    const parts = [
      opened(PooledEmbedder.open(dir, { processes: config.embedProcesses, maxQueue: config.embedQueue, model })),
      opened(openThreadedPaperStore(databaseFile(config))),
      opened(
        openThreadedLiveIndex({
          root: generationsFolder(config),
          space: spaceOf(model),
          dim: model.dim,
          fresh: freshIndex,
        }),
      ),
    ] as const;
    await Promise.allSettled(parts);
    const [embedder, store, index] = await Promise.all(parts);
    const indexer = await createIndexer({ store, embedder, index });
    const recommender = createRecommender({ store, index, embedder, efSearch: config.efSearch });
    return { version: await readVersion(), store, embedder, index, indexer, recommender, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the data folder's store holds, without a model or an index; nothing where there is no database. */
export async function countPapers(config: Config, space: SpaceRef): Promise<Pick<StoreCounts, 'papers' | 'pending'>> {
  if (!hasDatabase(config)) return { papers: 0, pending: 0 };
  const store = await openThreadedPaperStore(databaseFile(config));
  try {
    return await store.counts(space);
  } finally {
    await store.close();
  }
}

/** True when the data folder holds a database. */
export function hasDatabase(config: Config): boolean {
  return existsSync(databaseFile(config));
}

/** The layout of a data folder, for what works on its files. */
export function dataFolder(config: Pick<Config, 'dataDir'>): DataFolder {
  return { dataDir: config.dataDir, database: databaseFile(config), generations: generationsFolder(config) };
}

function databaseFile({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'paperkin.db');
}

function generationsFolder({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'generations');
}

export async function readVersion(): Promise<string> {
  const json: unknown = JSON.parse(await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(json).version;
}
