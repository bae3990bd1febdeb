/** Embeds texts, wherever they are read from, and stores their vectors batch by batch: what is done stays done. */
import type { Embedder } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import type { ContentHash } from '../papers/content-hash.ts';
import type { PaperStore, PendingText } from '../papers/paper-store.ts';
import { storedVectors } from './stored-vectors.ts';

export interface EmbedTextsOptions {
  store: PaperStore;
  embedder: Embedder;
  /** Texts in order of their cursors, from the one after `after`; none when there are no more. */
  read: (page: { limit: number; after: number }) => Promise<PendingText[]>;
  /** Cursor after which it begins. Default 0. */
  after?: number;
  /** Told the texts embedded so far and the cursor to go on after, one call at a time; the next batch is embedded meanwhile. */
  onStored?: (embedded: number, cursor: number) => Promise<void>;
  /** Stops between two batches. */
  signal?: AbortSignal | undefined;
}

export interface EmbeddedTexts {
  /** A text that occurs twice in two batches that follow each other is embedded, and counted, once. */
  embedded: number;
  /** Tokens over them, as far as the model read them or not. */
  tokens: number;
}

/** One transaction's worth of vectors: what a crash can cost, about a second of one core's work. */
const TEXTS_A_BATCH = 64;

export async function embedTexts({
  store,
  embedder,
  read,
  after = 0,
  onStored,
  signal,
}: EmbedTextsOptions): Promise<EmbeddedTexts> {
  const space = { id: embedder.space, dim: embedder.model.dim };
  const readAfter = (cursor: number) => inBackground(read({ limit: TEXTS_A_BATCH, after: cursor }));
  let embedded = 0;
  let tokens = 0;

  // While one batch is embedded, the one before it is stored and the one after it is read.
  let reading = readAfter(after);
  let storing: Promise<void> = Promise.resolve();
  let inFlight = new Map<ContentHash, PendingText>();
  for (;;) {
    signal?.throwIfAborted();
    const found = await reading;
    const last = found.at(-1);
    if (last === undefined) {
      await storing;
      return { embedded, tokens };
    }
    reading = readAfter(last.cursor);
    const known = inFlight;
    inFlight = new Map(found.filter(({ hash }) => !known.has(hash)).map((row) => [row.hash, row]));
    const hashes = [...inFlight.keys()];
    const texts = [...inFlight.values()].map((row) => paperText(embedder.model, row));
    const embeddings = await embedder.embed(texts, { kind: 'passage', lane: 'batch', signal });
    await storing;
    embedded += texts.length;
    tokens += embeddings.tokenCounts.reduce((sum, count) => sum + count, 0);
    const done = embedded;
    const stored = store.putVectors(space, storedVectors(hashes, embeddings, space.dim));
    storing = inBackground(stored.then(() => onStored?.(done, last.cursor)));
  }
}

/** A failure is met where the promise is awaited, also when something else fails first. */
function inBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
