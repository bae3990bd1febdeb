/** How well a model ranks an evaluation set: every text embedded, exact search, the usual measures. */
import type { Embedder, EmbedKind } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import { ExactIndex } from '../vectors/exact-index.ts';
import type { EvalSet } from './eval-set.ts';
import { ndcgAtK, recallAtK, reciprocalRankAtK } from './metrics.ts';

/** Means over the queries, each in [0, 1]. */
export interface Quality {
  ndcg10: number;
  recall20: number;
  mrr10: number;
  queries: number;
}

const TEXTS_A_BATCH = 64;
const DEPTH = 20;

export interface EvaluateOptions {
  embedder: Embedder;
  /** Told how many of the set's texts are embedded. */
  onEmbedded?: (done: number, total: number) => Promise<void>;
}

export async function evaluate(set: EvalSet, { embedder, onEmbedded }: EvaluateOptions): Promise<Quality> {
  const { dim } = embedder.model;
  const asked = set.queries.flatMap((query) => ('text' in query ? [query.text] : []));
  const total = set.corpus.length + asked.length;

  async function embedAll(texts: readonly string[], kind: EmbedKind, before: number): Promise<Float32Array> {
    const vectors = new Float32Array(texts.length * dim);
    for (let at = 0; at < texts.length; at += TEXTS_A_BATCH) {
      const batch = texts.slice(at, at + TEXTS_A_BATCH);
      vectors.set((await embedder.embed(batch, { kind, lane: 'batch' })).vectors, at * dim);
      await onEmbedded?.(before + at + batch.length, total);
    }
    return vectors;
  }

  const passages = set.corpus.map((paper) => paperText(embedder.model, paper));
  const index = new ExactIndex(dim, { capacity: passages.length });
  const ids = set.corpus.map(({ id }) => id);
  await index.upsert(ids, await embedAll(passages, 'passage', 0));
  const queries = await embedAll(asked, 'query', passages.length);

  const sums = { ndcg10: 0, recall20: 0, mrr10: 0 };
  let row = 0;
  for (const query of set.queries) {
    const about = 'paper' in query ? query.paper.id : queries.subarray(row * dim, ++row * dim);
    const [found = []] = await index.search([about], { k: DEPTH });
    const ranking = found.map(({ id }) => id);
    sums.ndcg10 += ndcgAtK(ranking, query.judgements, 10);
    sums.recall20 += recallAtK(ranking, query.judgements, 20);
    sums.mrr10 += reciprocalRankAtK(ranking, query.judgements, 10);
  }
  await index.close();
  const count = set.queries.length;
  const mean = (sum: number) => (count === 0 ? 0 : Number((sum / count).toFixed(4)));
  return { ndcg10: mean(sums.ndcg10), recall20: mean(sums.recall20), mrr10: mean(sums.mrr10), queries: count };
}
