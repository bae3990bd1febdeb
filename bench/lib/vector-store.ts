/**
 * Embeds a corpus once and keeps it: papers and vectors in the product's own store under `index/bench/` (git-ignored),
 * so that a second run embeds nothing.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '#dist/config.js';
import type { Embedder, EmbedKind } from '#dist/embed/embedder.js';
import { paperText } from '#dist/embed/manifest.js';
import type { PaperId } from '#dist/paper.js';
import type { PaperStore, SpaceRef } from '#dist/papers/paper-store.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import type { BenchPaper } from './papers.ts';
import { endProgress, say, showProgress } from './progress.ts';

const STORE_DIR = join(PACKAGE_ROOT, 'index/bench');
const PAPERS_A_TRANSACTION = 500;
/** Texts handed to the pool at once: enough to keep every process busy to the end of a batch. */
const TEXTS_A_BATCH = 256;
const CHANGES_A_READ = 1_000;

export interface VectorStore {
  store: PaperStore;
  space: SpaceRef;
  /** By id, of the papers asked for, in their order; each of length dim and unit length. */
  vectors: Map<PaperId, Float32Array>;
  /** Texts that were embedded in this run. */
  embedded: number;
}

export interface VectorStoreOptions {
  embedder: Embedder;
  /** `query` vectors are kept in a space of their own. Default `passage`. */
  kind?: EmbedKind;
  /** Refuse a file that holds other papers too: BM25 counts over all of them. Default false. */
  nothingElse?: boolean;
}

/**
 * Opens `index/bench/<name>.db`, brings the papers in, and embeds what has no vector yet. The caller closes the store.
 * Papers that the file holds from an earlier run stay in it, with their vectors.
 */
export async function openVectorStore(
  name: string,
  papers: readonly BenchPaper[],
  { embedder, kind = 'passage', nothingElse = false }: VectorStoreOptions,
): Promise<VectorStore> {
  await mkdir(STORE_DIR, { recursive: true });
  const store = new SqlitePaperStore(join(STORE_DIR, `${name}.db`));
  const space = { id: kind === 'query' ? `${embedder.space}-query` : embedder.space, dim: embedder.model.dim };
  for (let i = 0; i < papers.length; i += PAPERS_A_TRANSACTION) {
    await store.upsert(papers.slice(i, i + PAPERS_A_TRANSACTION), 'merge');
  }
  const { papers: stored } = await store.counts();
  if (nothingElse && stored !== papers.length) {
    await store.close();
    throw new Error(`index/bench/${name}.db holds ${stored} papers, ${papers.length} are wanted: delete the file`);
  }
  const embedded = await embedPending(name, store, space, embedder, kind);
  return { store, space, vectors: await readVectors(store, space, papers), embedded };
}

async function embedPending(
  name: string,
  store: PaperStore,
  space: SpaceRef,
  embedder: Embedder,
  kind: EmbedKind,
): Promise<number> {
  const { pending } = await store.counts(space);
  let embedded = 0;
  let after = 0;
  for (;;) {
    const batch = await store.pending(space, { limit: TEXTS_A_BATCH, after });
    const last = batch.at(-1);
    if (last === undefined) break;
    const texts = batch.map((row) => paperText(embedder.model, row));
    const { vectors, tokenCounts, truncated } = await embedder.embed(texts, { kind, lane: 'batch' });
    await store.putVectors(
      space,
      batch.map(({ hash }, i) => ({
        hash,
        vector: vectors.slice(i * space.dim, (i + 1) * space.dim),
        tokenCount: tokenCounts[i] ?? 0,
        truncated: truncated[i] ?? false,
      })),
    );
    embedded += batch.length;
    after = last.cursor;
    showProgress(`${name}: embedded ${embedded} of ${pending}`);
  }
  endProgress();
  if (embedded > 0) say(`${name}: embedded ${embedded} texts`);
  return embedded;
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
