/**
 * Embeds a corpus once and keeps it: papers and vectors in the product's own store under `index/bench/` (git-ignored),
 * so that a second run embeds nothing.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '#dist/config.js';
import type { Embedder, EmbedKind } from '#dist/embed/embedder.js';
import { paperText } from '#dist/embed/manifest.js';
import { storedVectors } from '#dist/jobs/stored-vectors.js';
import type { PaperId } from '#dist/paper.js';
import type { PaperStore, SpaceRef } from '#dist/papers/paper-store.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import type { BenchPaper } from './papers.ts';
import { endProgress, say, showProgress } from './progress.ts';

/** Of the benches' vectors. */
const CACHE_DIR = join(PACKAGE_ROOT, 'index/bench');
const PAPERS_A_TRANSACTION = 500;
/** Texts handed to the pool at once: enough to keep every process busy to the end of a batch. */
const TEXTS_A_BATCH = 256;
const CHANGES_A_READ = 1_000;

export interface CachedVectorsOptions {
  embedder: Embedder;
  /** `query` vectors are kept in a space of their own. Default `passage`. */
  kind?: EmbedKind;
  /** Folder of the database. Default `index/bench`. */
  dir?: string | undefined;
}

/**
 * Embeds what `<dir>/<name>.db` has no vector of yet. Papers of an earlier run stay in it, with their vectors.
 * @returns by id, in the order of `papers`; each of length dim and unit length.
 */
export async function cachedVectors(
  name: string,
  papers: readonly BenchPaper[],
  { embedder, kind = 'passage', dir = CACHE_DIR }: CachedVectorsOptions,
): Promise<Map<PaperId, Float32Array>> {
  await mkdir(dir, { recursive: true });
  const store = new SqlitePaperStore(join(dir, `${name}.db`));
  try {
    const space = { id: kind === 'query' ? `${embedder.space}-query` : embedder.space, dim: embedder.model.dim };
    for (let i = 0; i < papers.length; i += PAPERS_A_TRANSACTION) {
      await store.upsert(papers.slice(i, i + PAPERS_A_TRANSACTION), 'merge');
    }
    await embedPending(name, store, space, embedder, kind);
    return await readVectors(store, space, papers);
  } finally {
    await store.close();
  }
}

async function embedPending(name: string, store: PaperStore, space: SpaceRef, embedder: Embedder, kind: EmbedKind): Promise<void> {
  const { pending } = await store.counts(space);
  let embedded = 0;
  let after = 0;
  for (;;) {
    const batch = await store.pending(space, { limit: TEXTS_A_BATCH, after });
    const last = batch.at(-1);
    if (last === undefined) break;
    const texts = batch.map((row) => paperText(embedder.model, row));
    const embeddings = await embedder.embed(texts, { kind, lane: 'batch' });
    const hashes = batch.map(({ hash }) => hash);
    await store.putVectors(space, storedVectors(hashes, embeddings, space.dim));
    embedded += batch.length;
    after = last.cursor;
    showProgress(`${name}: embedded ${embedded} of ${pending}`);
  }
  endProgress();
  if (embedded > 0) say(`${name}: ${embedder.model.name} ${embedder.model.precision} embedded ${embedded} texts`);
}

async function readVectors(store: PaperStore, space: SpaceRef, papers: readonly BenchPaper[]): Promise<Map<PaperId, Float32Array>> {
  const stored = new Map<PaperId, Float32Array>();
  let since = 0;
  for (;;) {
    const changes = await store.changes(space, { since, limit: CHANGES_A_READ });
    for (const { id, vector } of changes) if (vector !== null) stored.set(id, vector);
    const last = changes.at(-1);
    if (last === undefined) break;
    since = last.revision;
  }
  return new Map(
    papers.map(({ id }) => {
      const vector = stored.get(id);
      if (vector === undefined) throw new Error(`paper "${id}" has no vector after embedding`);
      return [id, vector];
    }),
  );
}

/** Rows one after the other: vectors.size * dim floats. */
export function rowMajor(vectors: ReadonlyMap<PaperId, Float32Array>, dim: number): Float32Array {
  const all = new Float32Array(vectors.size * dim);
  let row = 0;
  for (const vector of vectors.values()) all.set(vector, row++ * dim);
  return all;
}
