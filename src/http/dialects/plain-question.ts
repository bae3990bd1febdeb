/** How the other services are asked: plain text, a number of results, and nothing else that is ours. */
import type { AskOptions } from '../../recommend/recommender.ts';

/** The best works in order, one hit each. */
export function bestOf({ k, offset = 0 }: { k: number; offset?: number | undefined }): AskOptions {
  return { k, offset, fold: true, diversity: 0, recency: null, sort: 'score', minScore: null };
}

/** Quotes and signs have no meaning there: `-word` is the word. What is nothing but signs stays as it is. */
export function plainText(query: string): string {
  const plain = query.replace(/["“”]/g, ' ').replace(/(^|[\s([{])-+/g, '$1');
  return plain.trim() || query;
}
