/** Embeds every text that has no vector in a space and stores it, batch by batch: what is done stays done. */
import type { Embedder } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import type { ContentHash } from '../papers/content-hash.ts';
import type { PaperStore, PendingText, Revision } from '../papers/paper-store.ts';
import { storedVectors } from './stored-vectors.ts';

export interface EmbedPendingOptions {
  store: PaperStore;
  embedder: Embedder;
  /** No paper up to this revision lacks a vector. */
  after?: Revision;
  /** Called when a batch is stored, one call at a time; the next batch is embedded meanwhile. */
  onStored?: (embedded: number) => Promise<void>;
  /** Stops between two batches. */
  signal?: AbortSignal | undefined;
}

export interface EmbeddedReport {
  /** Texts that were embedded. */
  embedded: number;
  /** Tokens over them, as far as the model read them or not. */
  tokens: number;
  /** No paper up to this revision of the store lacks a vector now. */
  upTo: Revision;
}

/** One transaction's worth of vectors: what a crash can cost, about a second of one core's work. */
const TEXTS_A_BATCH = 64;

export async function embedPending({ store, embedder, after = 0, onStored, signal }: EmbedPendingOptions): Promise<EmbeddedReport> {
  const space = { id: embedder.space, dim: embedder.model.dim };
  let embedded = 0;
  let tokens = 0;

  /** Texts that wait after a revision, and the revision of the store at which there were no others. */
  async function read(from: Revision): Promise<{ batch: PendingText[]; head: Revision }> {
    const head = await store.revision();
    return { head, batch: await store.pending(space, { limit: TEXTS_A_BATCH, after: from }) };
  }

  // While one batch is embedded, the one before it is stored and the one after it is read.
  let reading = inBackground(read(after));
  let storing: Promise<void> = Promise.resolve();
  let inFlight = new Set<ContentHash>();
  for (;;) {
    signal?.throwIfAborted();
    const { batch: found, head } = await reading;
    const last = found.at(-1);
    if (last === undefined) {
      await storing;
      return { embedded, tokens, upTo: head };
    }
    reading = inBackground(read(last.cursor));
    const known = inFlight;
    const batch = found.filter(({ hash }) => !known.has(hash));
    const hashes = batch.map(({ hash }) => hash);
    inFlight = new Set(hashes);
    const texts = batch.map((row) => paperText(embedder.model, row));
    const embeddings = await embedder.embed(texts, { kind: 'passage', lane: 'batch', signal });
    await storing;
    embedded += batch.length;
    tokens += embeddings.tokenCounts.reduce((sum, count) => sum + count, 0);
    const done = embedded;
    storing = inBackground(store.putVectors(space, storedVectors(hashes, embeddings, space.dim)).then(() => onStored?.(done)));
  }
}

/** A failure is met where the promise is awaited, also when something else fails first. */
function inBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
