/** The index that serves: opened from the newest whole generation of its space, changed in memory, published again. */
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { listGenerations, publishGeneration, verifyGeneration } from './generation.ts';
import { DEFAULT_HNSW, HnswIndex } from './hnsw-index.ts';
import type { VectorIndex } from './vector-index.ts';

export interface LiveIndexOptions {
  /** Folder of the generations; made if it is missing. */
  root: string;
  space: string;
  dim: number;
  /** Start empty, whatever is on disk: the way to a graph without tombstones. */
  fresh?: boolean;
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
  /** Makes what is in memory, which holds every change up to `revision`, the current generation. */
  publish(revision: number): Promise<GenerationStatus>;
}

/** Generations of other spaces are passed over, damaged ones too: they are never served. */
export async function openLiveIndex({ root, space, dim, fresh = false }: LiveIndexOptions): Promise<LiveIndex> {
  const load = (dir: string, manifest: { M: number; efConstruction: number }) => HnswIndex.load(dir, dim, manifest);
  let index: HnswIndex | undefined;
  let status: GenerationStatus = { generation: null, revision: 0, degraded: null };
  const damaged: string[] = [];

  for (const id of fresh ? [] : await listGenerations(root)) {
    try {
      const manifest = await verifyGeneration(root, id);
      if (manifest.space !== space) continue;
      index = await load(join(root, id), manifest);
      status = { generation: id, revision: manifest.revision, degraded: null };
      break;
    } catch (error) {
      damaged.push(messageOf(error));
    }
  }
  if (damaged.length > 0) status = { ...status, degraded: damaged.join('; ') };
  const live = index ?? new HnswIndex(dim);

  return {
    upsert: (ids, vectors) => live.upsert(ids, vectors),
    remove: (ids) => live.remove(ids),
    search: (queries, options) => live.search(queries, options),
    vectors: (ids) => live.vectors(ids),
    stats: () => live.stats(),
    save: (dir) => live.save(dir),
    close: () => live.close(),
    async status() {
      return status;
    },
    async publish(revision) {
      const content = { kind: 'hnsw', space, dim, metric: 'cosine', ...DEFAULT_HNSW, revision } as const;
      const { id } = await publishGeneration(root, live, content, load);
      status = { generation: id, revision, degraded: null };
      return status;
    },
  };
}
