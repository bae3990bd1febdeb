/** The systems that are compared, built from the product's own parts. */
import type { Embedder } from '#dist/embed/embedder.js';
import type { PaperId } from '#dist/paper.js';
import { reciprocalRankFusion } from '#dist/recommend/fusion.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import type { BenchPaper } from '../lib/papers.ts';
import { openVectorStore, rowMajor } from '../lib/vector-store.ts';
import type { EvalQuery } from './eval-set.ts';

export const SYSTEMS = ['dense', 'bm25', 'hybrid'] as const;
export type System = (typeof SYSTEMS)[number];

/** Papers a ranking holds; as many go into the fusion in `src/recommend/recommender.ts`. */
export const DEPTH = 100;

export interface Rankers {
  /** Ids of at most `DEPTH` papers by system, best first; a query paper is not among them. */
  rank(query: EvalQuery): Promise<Record<System, PaperId[]>>;
  close(): Promise<void>;
}

/** Embeds corpus and queries where `index/bench/quality-<name>*.db` does not hold them yet. */
export async function openRankers(
  name: string,
  { corpus, queries }: { corpus: readonly BenchPaper[]; queries: readonly EvalQuery[] },
  embedder: Embedder,
): Promise<Rankers> {
  const { store, vectors, space } = await openVectorStore(`quality-${name}`, corpus, { embedder, nothingElse: true });
  const texts = queries.flatMap((query) => ('text' in query ? [{ id: query.id, title: query.text, abstract: '' }] : []));
  const asked = await openVectorStore(`quality-${name}-queries`, texts, { embedder, kind: 'query' });
  await asked.store.close();

  const exact = new ExactIndex(space.dim, { capacity: corpus.length });
  await exact.upsert([...vectors.keys()], rowMajor(vectors, space.dim));

  async function dense(query: EvalQuery) {
    const vector = 'paper' in query ? query.paper.id : asked.vectors.get(query.id);
    if (vector === undefined) throw new Error(`query "${query.id}" has no vector`);
    const [found = []] = await exact.search([vector], { k: DEPTH });
    return found;
  }

  async function lexical(query: EvalQuery) {
    if ('text' in query) return store.lexicalSearch(query.text, DEPTH);
    const { id, title, abstract } = query.paper;
    const found = await store.lexicalSearch(`${title} ${abstract}`, DEPTH + 1);
    return found.filter((hit) => hit.id !== id).slice(0, DEPTH);
  }

  return {
    async rank(query) {
      const [byMeaning, byWords] = [await dense(query), await lexical(query)];
      const ids = (ranking: readonly { id: PaperId }[]) => ranking.map(({ id }) => id).slice(0, DEPTH);
      return { dense: ids(byMeaning), bm25: ids(byWords), hybrid: ids(reciprocalRankFusion([byMeaning, byWords])) };
    },
    close: () => store.close(),
  };
}
