/** Rankings of one set by words: BM25 as the service has it, and TF-IDF. */

import type { EvalQuery } from '#dist/evaluation/eval-set.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import type { Ranked } from '#dist/recommend/list.js';
import type { BenchPaper } from '../lib/papers.ts';
import { tfIdf } from './tfidf.ts';

export const LEXICAL_SYSTEMS = ['tfidf', 'bm25'] as const;

export interface LexicalRanker {
  /** Best first; a query paper is not among them. */
  rank(query: EvalQuery, depth: number): Promise<Record<(typeof LEXICAL_SYSTEMS)[number], Ranked[]>>;
  close(): Promise<void>;
}

export async function lexicalRanker(corpus: readonly BenchPaper[]): Promise<LexicalRanker> {
  const store = new SqlitePaperStore(':memory:');
  await store.upsert(corpus, 'replace');
  const byTfIdf = tfIdf(corpus.map((paper) => ({ id: paper.id, text: wordsOf(paper) })));
  return {
    async rank(query, depth) {
      const own = 'paper' in query ? query.paper.id : undefined;
      const text = 'paper' in query ? wordsOf(query.paper) : query.text;
      const others = (ranking: Ranked[]) => ranking.filter(({ id }) => id !== own).slice(0, depth);
      return { tfidf: others(byTfIdf.search(text, depth + 1)), bm25: others(await store.lexicalSearch(text, depth + 1)) };
    },
    close: () => store.close(),
  };
}

export function wordsOf({ title, abstract }: BenchPaper): string {
  return `${title} ${abstract}`;
}
