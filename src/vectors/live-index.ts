/** The index that serves: opened from the newest whole generation of its space, changed in memory, published again. */
import { join } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { AppError, messageOf } from '../errors.ts';
import {
  currentGeneration,
  type GenerationManifest,
  listGenerations,
  switchGeneration,
  verifyGeneration,
  writeGeneration,
} from './generation.ts';
import { DEFAULT_HNSW, HnswIndex } from './hnsw-index.ts';
import { keepInBackground } from './keep-in-background.ts';
import type { VectorIndex } from './vector-index.ts';

export interface LiveIndexOptions {
  /** Folder of the generations; made if it is missing. */
  root: string;
  space: string;
  dim: number;
  /** Name or folder of the model that made the vectors, for the manifest of what is published. */
  model?: string;
}

export interface GenerationStatus {
  /** Id of the generation on disk that the index was opened from or published as; null before the first. */
  generation: string | null;
  /** The store's revision up to which that generation holds every change; 0 before the first. */
  revision: number;
  /** Why the current generation could not be used and an older or empty one is; null when all is well. */
  degraded: string | null;
}

export interface LiveIndex extends VectorIndex {
  status(): Promise<GenerationStatus>;
  /** Resolves when the nearest of every paper are kept; they are found as fast as may be, where otherwise everything else goes first. */
  keepAll(): Promise<void>;
  /**
   * Makes what is in memory, which holds every change up to `revision`, the current generation; but not when another
   * process has switched to one of its own meanwhile, which stays.
   */
  publish(revision: number): Promise<GenerationStatus>;
}

/** Generations of other spaces are passed over, damaged ones too: they are never served. */
export async function openLiveIndex({ root, space, dim, model }: LiveIndexOptions): Promise<LiveIndex> {
  let index: HnswIndex | undefined;
  let status: GenerationStatus = { generation: null, revision: 0, degraded: null };
  const damaged: string[] = [];

  for (const id of await listGenerations(root)) {
    try {
      const manifest = await verifyGeneration(root, id);
      if (manifest.space !== space) continue;
      index = await loadChecked(join(root, id), dim, manifest);
      status = { generation: id, revision: manifest.revision, degraded: null };
      break;
    } catch (error) {
      damaged.push(messageOf(error));
    }
  }
  if (damaged.length > 0) status = { ...status, degraded: damaged.join('; ') };
  const live = index ?? new HnswIndex(dim);
  const opened = await currentGeneration(root);
  const keeping = keepInBackground(live);

  return {
    async upsert(ids, vectors) {
      await live.upsert(ids, vectors);
      keeping.wake(true);
    },
    remove: (ids) => live.remove(ids),
    search: (queries, options) => live.search(queries, options),
    async neighbours(id, k) {
      const found = await live.neighbours(id, k);
      if (found === undefined) keeping.wake(false);
      return found;
    },
    async keepAll() {
      while (await live.keepOne()) await yieldToOthers();
    },
    standing: (query, id, options) => live.standing(query, id, options),
    vectors: (ids) => live.vectors(ids),
    cosines: (ids, vectors) => live.cosines(ids, vectors),
    centre: () => live.centre(),
    stats: () => live.stats(),
    save: (dir) => live.save(dir),
    async close() {
      keeping.stop();
      await live.close();
    },
    async status() {
      return status;
    },
    async publish(revision) {
      const current = await currentGeneration(root);
      if (current !== undefined && current !== opened && current !== status.generation) return status;
      const { id } = await writeHnswGeneration(root, live, { space, dim, model, revision });
      await switchGeneration(root, id);
      status = { generation: id, revision, degraded: null };
      return status;
    },
  };
}

/**
 * Writes a graph as a generation that is not yet the current one.
 * @throws AppError `generation_damaged` when what was written is not what is in memory.
 */
export function writeHnswGeneration(
  root: string,
  index: HnswIndex,
  { space, dim, model, revision }: { space: string; dim: number; model?: string | undefined; revision: number },
): Promise<GenerationManifest> {
  const content = { kind: 'hnsw', space, model, dim, metric: 'cosine', ...DEFAULT_HNSW, revision } as const;
  return writeGeneration(root, index, content, (written, manifest) => loadChecked(written, dim, manifest));
}

/** @throws AppError `generation_damaged` when the files do not hold what the manifest says. */
async function loadChecked(dir: string, dim: number, manifest: GenerationManifest): Promise<HnswIndex> {
  const index = await HnswIndex.load(dir, dim, manifest);
  const { count } = await index.stats();
  if (manifest.dim === dim && count === manifest.count) return index;
  await index.close();
  throw new AppError(
    'generation_damaged',
    `${dir} holds ${count} papers of ${dim} dimensions, its manifest says ${manifest.count} of ${manifest.dim}`,
  );
}
