/** Builds, saves, loads and publishes the graph, and says what each costs. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { PaperId } from '#dist/paper.js';
import { switchGeneration, writeGeneration } from '#dist/vectors/generation.js';
import { HnswIndex, type HnswParameters } from '#dist/vectors/hnsw-index.js';
import { measure } from '../lib/measure.ts';
import { round } from '../lib/stats.ts';
import type { Row } from '../lib/table.ts';

export interface BuiltGraph {
  index: HnswIndex;
  row: Row;
}

const MEGABYTE = 1e6;

const MEMORY_ENTRY = fileURLToPath(new URL('./memory-process.js', import.meta.url));

/** @param vectors row-major, ids.length * dim floats, unit length. */
export async function buildGraph(
  ids: readonly PaperId[],
  vectors: Float32Array,
  dim: number,
  parameters: HnswParameters,
): Promise<BuiltGraph> {
  const index = new HnswIndex(dim, { ...parameters, capacity: ids.length });
  const { wallS, cpuS } = await measure(() => index.upsert(ids, vectors));
  const { sizeBytes } = await index.stats();
  const row = {
    papers: ids.length,
    M: parameters.M,
    efConstruction: parameters.efConstruction,
    'build s': round(wallS, 2),
    'build CPU-s': cpuS === null ? null : round(cpuS, 2),
    'papers/s': Math.round(ids.length / wallS),
    'stats() MB': round(sizeBytes / MEGABYTE, 1),
    'bytes a paper': Math.round(sizeBytes / ids.length),
  };
  return { index, row };
}

/** Writes the graph into `folder` in the two ways there are, and reads it back. */
export async function measureFiles(
  index: HnswIndex,
  folder: string,
  { dim, space, parameters }: { dim: number; space: string; parameters: HnswParameters },
): Promise<Row> {
  const saved = join(folder, 'saved');
  await mkdir(saved);
  const save = await measure(() => index.save(saved));
  const sizes = await Promise.all((await readdir(saved)).map(async (name) => (await stat(join(saved, name))).size));
  const load = await measure(async () => (await HnswIndex.load(saved, dim, parameters)).close());
  const content = { kind: 'hnsw', space, dim, metric: 'cosine', ...parameters, revision: 1 } as const;
  const root = join(folder, 'generations');
  const publish = await measure(async () => {
    const { id } = await writeGeneration(root, index, content, (dir) => HnswIndex.load(dir, dim, parameters));
    await switchGeneration(root, id);
  });
  return {
    'save s': round(save.wallS, 3),
    'load s': round(load.wallS, 3),
    'publish s (fsync, checksum, read back)': round(publish.wallS, 3),
    'files MB': round(sizes.reduce((sum, size) => sum + size, 0) / MEGABYTE, 1),
    'resident MB, loaded in a fresh process': round((await residentBytes(saved, dim, parameters)) / MEGABYTE, 1),
  };
}

/** What the saved graph adds to the resident memory of a process. */
async function residentBytes(dir: string, dim: number, { M, efConstruction }: HnswParameters): Promise<number> {
  const child = fork(MEMORY_ENTRY, [dir, dim, M, efConstruction].map(String));
  const [bytes]: unknown[] = await once(child, 'message');
  return z.number().parse(bytes);
}
