/** What is asked. */
import type { BenchPaper } from '../lib/papers.ts';
import { type Random, randomInt, sample } from '../lib/random.ts';
import type { Ask } from './load.ts';

const QUERIES_A_TITLE = 5;
const LEAST_WORDS = 3;
const MOST_WORDS = 6;

/** Distinct runs of 3 to 6 words out of the titles. */
export function titleQueries(papers: readonly BenchPaper[], random: Random): string[] {
  const queries = new Set<string>();
  for (const { title } of papers) {
    const words = title.split(/\s+/);
    for (let i = 0; i < QUERIES_A_TITLE; i++) {
      const length = LEAST_WORDS + randomInt(random, MOST_WORDS - LEAST_WORDS + 1);
      const start = randomInt(random, Math.max(1, words.length - length + 1));
      queries.add(words.slice(start, start + length).join(' '));
    }
  }
  return [...queries];
}

export const askSimilar = (id: string, k: number): Ask => ({ path: `/v1/papers/${encodeURIComponent(id)}/similar?k=${k}` });
export const askPaper = (id: string): Ask => ({ path: `/v1/papers/${encodeURIComponent(id)}` });
export const askSearch = (query: string, mode: 'hybrid' | 'dense' | 'lexical', k: number): Ask => ({
  path: `/v1/search?${new URLSearchParams({ q: query, mode, k: String(k) })}`,
});

/** Papers like some that are drawn for each. */
export function recommendations(papers: readonly BenchPaper[], likes: number, k: number, random: Random): Ask[] {
  return papers.map(() => ({
    path: '/v1/recommend',
    body: JSON.stringify({ like: sample(papers, likes, random).map(({ id }) => ({ id })), k }),
  }));
}
