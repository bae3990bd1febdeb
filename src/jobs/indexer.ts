/** Keeps the index at the store's revision: embeds what has no vector, then replays what changed. */
import type { Embedder } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import type { PaperId } from '../paper.ts';
import type { PaperStore, PendingText, Revision, SpaceRef } from '../papers/paper-store.ts';
import type { GenerationStatus, LiveIndex } from '../vectors/live-index.ts';

export interface SyncProgress {
  /** Texts embedded so far in this run, and in all. */
  done: number;
  total: number;
}

export interface SyncReport {
  /** Texts that were embedded; the rest had their vectors. */
  embedded: number;
  /** Tokens over all embedded texts, as far as the model read them or not. */
  tokens: number;
  /** Changes that were brought into the index. */
  applied: number;
  /** The store's revision up to which the index holds every change. */
  revision: Revision;
}

export interface SyncOptions {
  onProgress?: ((progress: SyncProgress) => void) | undefined;
  /** Stops between two batches; what was embedded is kept. */
  signal?: AbortSignal | undefined;
}

export interface Indexer {
  /** Embeds every text without a vector and applies every change. Runs one at a time; later calls wait their turn. */
  sync(options?: SyncOptions): Promise<SyncReport>;
  /** Applies changes that have their vectors, from whichever process they came, without embedding. */
  catchUp(): Promise<void>;
  /** Makes the index in memory the current generation, unless it is. */
  publish(): Promise<void>;
  /** The generation on disk that the index in memory builds on. */
  readonly generation: GenerationStatus;
}

export interface IndexerParts {
  store: PaperStore;
  embedder: Embedder;
  index: LiveIndex;
}

/** One transaction's worth of vectors: what a crash can cost, about a second of one core's work. */
const TEXTS_A_BATCH = 64;
const CHANGES_A_BATCH = 256;
/** A long run publishes on its way when so many changes, and half the index, are newer than the last generation. */
const PUBLISH_AFTER = 5_000;

export async function createIndexer({ store, embedder, index }: IndexerParts): Promise<Indexer> {
  const space: SpaceRef = { id: embedder.space, dim: embedder.model.dim };
  let generation = await index.status();
  let applied = generation.revision;
  let sincePublished = 0;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other: two runs would embed the same texts twice. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = turn.then(work, work);
    turn = run.catch(() => undefined);
    return run;
  }

  async function applyChanges(): Promise<number> {
    let count = 0;
    for (;;) {
      const changes = await store.changes(space, { since: applied, limit: CHANGES_A_BATCH });
      const last = changes.at(-1);
      if (last === undefined) return count;
      const ids: PaperId[] = [];
      const rows: Float32Array[] = [];
      const gone: PaperId[] = [];
      for (const { id, vector } of changes) {
        if (vector === null) gone.push(id);
        else {
          ids.push(id);
          rows.push(vector);
        }
      }
      await index.remove(gone);
      await index.upsert(ids, concat(rows, space.dim));
      applied = last.revision;
      count += changes.length;
      sincePublished += changes.length;
    }
  }

  async function publishNow(): Promise<void> {
    if (sincePublished === 0) return;
    generation = await index.publish(applied);
    sincePublished = 0;
  }

  async function embedBatch(batch: readonly PendingText[], signal: AbortSignal | undefined): Promise<number> {
    const texts = batch.map((row) => paperText(embedder.model, row));
    const { vectors, tokenCounts, truncated } = await embedder.embed(texts, { kind: 'passage', lane: 'batch', signal });
    await store.putVectors(
      space,
      batch.map(({ hash }, i) => ({
        hash,
        vector: vectors.slice(i * space.dim, (i + 1) * space.dim),
        tokenCount: tokenCounts[i] ?? 0,
        truncated: truncated[i] ?? false,
      })),
    );
    return tokenCounts.reduce((sum, count) => sum + count, 0);
  }

  return {
    sync: ({ onProgress, signal } = {}) =>
      inTurn(async () => {
        const report: SyncReport = { embedded: 0, tokens: 0, applied: 0, revision: applied };
        const { pending: total } = await store.counts(space);
        let after = 0;
        // The index takes one batch in while the next is embedded.
        let applying = inBackground(applyChanges());
        for (;;) {
          signal?.throwIfAborted();
          const batch = await store.pending(space, { limit: TEXTS_A_BATCH, after });
          const last = batch.at(-1);
          if (last === undefined) break;
          report.tokens += await embedBatch(batch, signal);
          report.embedded += batch.length;
          after = last.cursor;
          report.applied += await applying;
          applying = inBackground(applyChanges());
          onProgress?.({ done: report.embedded, total });
          const { count } = await index.stats();
          if (sincePublished > PUBLISH_AFTER && sincePublished > count / 2) {
            report.applied += await applying;
            applying = Promise.resolve(0);
            await publishNow();
          }
        }
        report.applied += await applying;
        report.applied += await applyChanges();
        report.revision = applied;
        return report;
      }),
    catchUp: () =>
      inTurn(async () => {
        if ((await store.revision()) > applied) await applyChanges();
      }),
    publish: () => inTurn(publishNow),
    get generation() {
      return generation;
    },
  };
}

/** A failure is met where the promise is awaited, also when something else fails first. */
function inBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

function concat(rows: readonly Float32Array[], dim: number): Float32Array {
  const all = new Float32Array(rows.length * dim);
  for (const [i, row] of rows.entries()) all.set(row, i * dim);
  return all;
}
