/** Keeps the index at the store's revision: embeds what has no vector, then replays what changed. */
import type { Embedder, Embeddings } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import { messageOf } from '../errors.ts';
import type { PaperId } from '../paper.ts';
import type { ContentHash } from '../papers/content-hash.ts';
import type { PaperStore, PendingText, Revision, SpaceRef } from '../papers/paper-store.ts';
import type { GenerationStatus, LiveIndex } from '../vectors/live-index.ts';
import { storedVectors } from './stored-vectors.ts';

export interface SyncProgress {
  /** Texts embedded so far in this run, and papers that waited for a vector when it began. */
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
  /**
   * Embeds every text without a vector and applies every change made before the call. Runs one at a time; calls
   * without options that wait for their turn share one run.
   */
  sync(options?: SyncOptions): Promise<SyncReport>;
  /** Applies changes that have their vectors, from whichever process they came, without embedding. */
  catchUp(): Promise<void>;
  /** Makes the index in memory the current generation, unless it is and is whole. */
  publish(): Promise<void>;
  /** Does again what failed: a sync that stopped on its way, a generation that is damaged or could not be written. */
  heal(): Promise<void>;
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
  let appliedCount = 0;
  /** No paper up to this revision lacks a vector. */
  let embeddedUpTo: Revision = 0;
  /** A run stopped on its way: texts may wait for a vector though nobody writes any more. */
  let unfinished = false;
  let waiting: Promise<SyncReport> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other: two runs would embed the same texts twice. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = turn.then(work, work);
    turn = run.catch(() => undefined);
    return run;
  }

  async function applyChanges(): Promise<void> {
    for (;;) {
      const changes = await store.changes(space, { since: applied, limit: CHANGES_A_BATCH });
      const last = changes.at(-1);
      if (last === undefined) return;
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
      appliedCount += changes.length;
      sincePublished += changes.length;
    }
  }

  async function publishNow(): Promise<void> {
    if (sincePublished === 0 && generation.degraded === null) return;
    try {
      generation = await index.publish(applied);
    } catch (error) {
      generation = { ...generation, degraded: messageOf(error) };
      throw error;
    }
    sincePublished = 0;
  }

  /** Texts that wait after a revision, and the revision of the store at which there were no others. */
  async function readBatch(after: Revision): Promise<{ batch: PendingText[]; head: Revision }> {
    const head = await store.revision();
    return { head, batch: await store.pending(space, { limit: TEXTS_A_BATCH, after }) };
  }

  async function write(hashes: readonly ContentHash[], embeddings: Embeddings): Promise<void> {
    await store.putVectors(space, storedVectors(hashes, embeddings, space.dim));
    await applyChanges();
    const { count } = await index.stats();
    if (sincePublished > PUBLISH_AFTER && sincePublished > count / 2) await publishNow();
  }

  async function run({ onProgress, signal }: SyncOptions): Promise<SyncReport> {
    unfinished = true;
    const before = appliedCount;
    let embedded = 0;
    let tokens = 0;
    const total = onProgress === undefined ? 0 : (await store.counts(space)).pending;
    // While one batch is embedded, the one before it is written and the one after it is read.
    let reading = inBackground(readBatch(embeddedUpTo));
    let writing = inBackground(applyChanges());
    let inFlight = new Set<ContentHash>();
    for (;;) {
      signal?.throwIfAborted();
      const { batch: read, head } = await reading;
      const last = read.at(-1);
      if (last === undefined) {
        await writing;
        embeddedUpTo = head;
        break;
      }
      reading = inBackground(readBatch(last.cursor));
      const known = inFlight;
      const batch = read.filter(({ hash }) => !known.has(hash));
      const hashes = batch.map(({ hash }) => hash);
      inFlight = new Set(hashes);
      const texts = batch.map((row) => paperText(embedder.model, row));
      const embeddings = await embedder.embed(texts, { kind: 'passage', lane: 'batch', signal });
      await writing;
      writing = inBackground(write(hashes, embeddings));
      embedded += batch.length;
      tokens += embeddings.tokenCounts.reduce((sum, count) => sum + count, 0);
      onProgress?.({ done: embedded, total });
    }
    await applyChanges();
    unfinished = false;
    return { embedded, tokens, applied: appliedCount - before, revision: applied };
  }

  return {
    sync(options) {
      if (options !== undefined) return inTurn(() => run(options));
      waiting ??= inTurn(() => {
        waiting = undefined;
        return run({});
      });
      return waiting;
    },
    catchUp: () =>
      inTurn(async () => {
        if ((await store.revision()) > applied) await applyChanges();
      }),
    publish: () => inTurn(publishNow),
    heal: () =>
      inTurn(async () => {
        if (unfinished) await run({});
        if (generation.degraded !== null) await publishNow();
      }),
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
