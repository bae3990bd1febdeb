import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { loadConfig } from '#dist/config.js';
import { PooledEmbedder } from '#dist/embed/pooled-embedder.js';

/** The folder of the bundled model. */
export const DEFAULT_MODEL = loadConfig({}).modelDir;

/** One process for each core; a bench never meets the interactive queue's limit. */
export function openPool(modelDir: string, processes = availableParallelism()): Promise<PooledEmbedder> {
  return PooledEmbedder.open(resolve(modelDir), { processes, maxQueue: 1_000_000 });
}
