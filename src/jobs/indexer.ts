/** Keeps the index at the store's revision: embeds what has no vector, then replays what changed. */
import type { Embedder } from '../embed/embedder.ts';
import { messageOf } from '../errors.ts';
import type { PaperStore, Revision, SpaceRef } from '../papers/paper-store.ts';
import type { GenerationStatus, LiveIndex } from '../vectors/live-index.ts';
import { applyChanges as applyChangesTo } from './apply-changes.ts';
import { embedPending } from './embed-pending.ts';

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
  /**
   * Does again what failed: a sync that stopped on its way, a generation that is damaged or could not be written. Publishes once
   * more where most of what the index keeps ready was found after the last time: the next start has it then.
   */
  heal(): Promise<void>;
  /** Does some work when no other of these calls is under way. */
  between<T>(work: () => Promise<T>): Promise<T>;
  /** The generation on disk that the index in memory builds on. */
  readonly generation: GenerationStatus;
}

export interface IndexerParts {
  store: PaperStore;
  embedder: Embedder;
  index: LiveIndex;
}

/** A long run publishes on its way when so many changes, and half the index, are newer than the last generation. */
const PUBLISH_AFTER = 5_000;

export async function createIndexer({ store, embedder, index }: IndexerParts): Promise<Indexer> {
  const space: SpaceRef = { id: embedder.space, dim: embedder.model.dim };
  let generation = await index.status();
  let applied = generation.revision;
  let sincePublished = 0;
  /** Papers whose nearest are kept in the generation on disk. */
  let keptOnDisk = (await index.stats()).kept;
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
    const brought = await applyChangesTo(index, store, space, applied);
    applied = brought.revision;
    appliedCount += brought.changes;
    sincePublished += brought.changes;
  }

  async function publishNow(): Promise<void> {
    const { kept, count } = await index.stats();
    if (sincePublished === 0 && generation.degraded === null && kept - keptOnDisk <= count / 2) return;
    try {
      generation = await index.publish(applied);
      keptOnDisk = kept;
    } catch (error) {
      generation = { ...generation, degraded: messageOf(error) };
      throw error;
    }
    sincePublished = 0;
  }

  async function run({ onProgress, signal }: SyncOptions): Promise<SyncReport> {
    unfinished = true;
    const before = appliedCount;
    const total = onProgress === undefined ? 0 : (await store.counts(space)).pending;
    await applyChanges();
    const { embedded, tokens, upTo } = await embedPending({
      store,
      embedder,
      after: embeddedUpTo,
      signal,
      async onStored(done) {
        await applyChanges();
        const { count } = await index.stats();
        if (sincePublished > PUBLISH_AFTER && sincePublished > count / 2) await publishNow();
        onProgress?.({ done, total });
      },
    });
    embeddedUpTo = upTo;
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
        const { kept, count } = await index.stats();
        if (generation.degraded !== null || (kept === count && sincePublished === 0)) await publishNow();
      }),
    between: inTurn,
    get generation() {
      return generation;
    },
  };
}
