/** All that belongs to one model: its processes, its index, and what answers with them. Opened as one, replaced as one. */
import type { ActiveModel } from './active-model.ts';
import { generationsOf } from './active-model.ts';
import type { Config } from './config.ts';
import type { EmbedderPool, EmbedWork } from './embed/embedder.ts';
import { PooledEmbedder } from './embed/pooled-embedder.ts';
import { createIndexer, type Indexer } from './jobs/indexer.ts';
import type { WatchedStore } from './papers/paper-store.ts';
import { createLiveRecall, type LiveRecall } from './recommend/live-recall.ts';
import { createRecommender, type Recommender } from './recommend/recommender.ts';
import { traceRecommender } from './recommend/trace-recommender.ts';
import { rememberNeighbours, type WatchedIndex } from './vectors/remembered-neighbours.ts';
import { openThreadedLiveIndex } from './vectors/threaded-live-index.ts';

export interface Engine {
  embedder: EmbedderPool;
  index: WatchedIndex;
  indexer: Indexer;
  recommender: Recommender;
  recall: LiveRecall;
}

export interface EngineOptions {
  config: Config;
  active: ActiveModel;
  /** Awaited when the rest is open: it may open meanwhile. */
  store: Promise<WatchedStore>;
  /** Of the same model, where one is open already; left open when opening fails. */
  embedder?: EmbedderPool | undefined;
  /** Told of each piece of work that an embedder opened here has done. */
  onEmbedWork: (work: EmbedWork) => void;
}

/** Nothing is left open when it throws. */
export async function openEngine({ config, active, store, embedder, onEmbedWork }: EngineOptions): Promise<Engine> {
  const { dir, model, space, name } = active;
  const opening = [
    embedder ??
      PooledEmbedder.open(dir, {
        processes: config.embedProcesses,
        maxWaitingTokens: config.embedQueueTokens,
        model,
        onWork: onEmbedWork,
      }),
    openThreadedLiveIndex({ root: generationsOf(config.dataDir), space, dim: model.dim, model: name }),
  ] as const;
  try {
    const [open, threaded] = await Promise.all(opening);
    const index = rememberNeighbours(threaded);
    const papers = await store;
    const indexer = await createIndexer({ store: papers, embedder: open, index });
    const { efSearch, recallTarget: target, recallSample: share } = config;
    const recall = createLiveRecall({ index, efSearch, target, share });
    const recommender = traceRecommender(createRecommender({ store: papers, index, embedder: open, recall }));
    return { embedder: open, index, indexer, recommender, recall };
  } catch (error) {
    for (const part of await Promise.allSettled(opening)) {
      if (part.status === 'fulfilled' && part.value !== embedder) await part.value.close();
    }
    throw error;
  }
}
