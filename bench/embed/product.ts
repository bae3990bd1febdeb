/** The product's own embedders as contenders: one session in the process, and the pool of processes. */
import type { Embedder } from '#dist/embed/embedder.js';
import { PooledEmbedder } from '#dist/embed/pooled-embedder.js';
import { openSessionEmbedder } from '#dist/embed/session-embedder.js';
import { latencies } from '../lib/measure.ts';
import { type Contender, notOffered } from './contender.ts';

/** Texts of one batch call; two calls are always under way, so that the lane is never empty. */
const BACKGROUND_TEXTS = 64;

export async function sessionContender(modelDir: string): Promise<Contender> {
  return productContender(await openSessionEmbedder(modelDir));
}

export async function pooledContender(modelDir: string, processes: number): Promise<Contender> {
  return productContender(await PooledEmbedder.open(modelDir, { processes, maxWaitingTokens: 8_192 }));
}

function productContender(embedder: Embedder): Contender {
  let texts: readonly string[] = [];

  /** Keeps the batch lane full until the signal fires. */
  async function fillBatchLane(signal: AbortSignal): Promise<void> {
    for (let start = 0; !signal.aborted; start = (start + BACKGROUND_TEXTS) % texts.length) {
      const batch = texts.slice(start, start + BACKGROUND_TEXTS);
      // What is dropped when the queries are done is reported as canceled.
      await embedder.embed(batch, { kind: 'passage', lane: 'batch', signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  return {
    async load(given) {
      texts = given;
    },
    async run({ limit }) {
      await embedder.embed(texts.slice(0, limit), { kind: 'passage', lane: 'batch' });
    },
    async queryLatencies(queries, { busy }) {
      const done = new AbortController();
      const background = busy ? [fillBatchLane(done.signal), fillBatchLane(done.signal)] : [];
      const times = await latencies(queries, (query) => embedder.embed([query], { kind: 'query' }));
      done.abort();
      await Promise.all(background);
      return times;
    },
    tokenCounts: notOffered,
    batchCosines: notOffered,
    close: () => embedder.close(),
  };
}
