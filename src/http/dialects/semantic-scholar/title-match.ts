/** The paper whose title is nearest to a text: by words in common. */
import type { PaperId } from '../../../paper.ts';
import type { PaperFilter } from '../../../paper-filter.ts';
import type { PaperStore } from '../../../papers/paper-store.ts';
import { titleWords } from '../../../recommend/title-words.ts';

/** Titles that are looked at: the best by BM25, where words of a title count most. */
const CANDIDATES = 100;
/** Share of the text's words that a title must have. */
const LEAST_SHARE = 0.75;

export interface TitleMatch {
  id: PaperId;
  /** From 0 to 1, which is the title itself whatever its case, punctuation and accents: the Dice coefficient of the words. */
  score: number;
}

export async function matchTitle(
  store: Pick<PaperStore, 'lexicalSearch' | 'get'>,
  text: string,
  filter: PaperFilter | undefined,
): Promise<TitleMatch | undefined> {
  const hits = await store.lexicalSearch(text, CANDIDATES, filter);
  const itself = hits.find(({ titled }) => titled);
  if (itself !== undefined) return { id: itself.id, score: 1 };
  const { words } = titleWords(text).parts();
  let best: TitleMatch | undefined;
  for (const paper of await store.get(hits.map(({ id }) => id))) {
    if (paper === undefined) continue;
    const own = titleWords(paper.title).parts().words;
    const shared = [...words].filter((word) => own.has(word)).length;
    const score = (2 * shared) / (words.size + own.size);
    if (shared >= LEAST_SHARE * words.size && score > (best?.score ?? 0)) best = { id: paper.id, score };
  }
  return best;
}
