/** What is asked for, path by path. */
import type { BenchPaper } from '../lib/papers.ts';
import { type Random, randomInt } from '../lib/random.ts';

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

export const similarPath = (id: string, k: number) => `/v1/papers/${encodeURIComponent(id)}/similar?k=${k}`;
export const paperPath = (id: string) => `/v1/papers/${encodeURIComponent(id)}`;
export const searchPath = (query: string, mode: 'hybrid' | 'dense' | 'lexical', k: number) =>
  `/v1/search?${new URLSearchParams({ q: query, mode, k: String(k) })}`;
