/** The set `title-abstract-10k`: find a paper's abstract by its title, among those of papers that no training saw. */
import { existsSync } from 'node:fs';
import type { EvalSet } from '#dist/evaluation/eval-set.js';
import { type BenchPaper, readPapers } from '../lib/papers.ts';

export const TITLE_ABSTRACT = 'title-abstract-10k';
const HELD_OUT = 10_000;

/**
 * The last 10,000 papers of `file`: every title asks, every abstract is in the corpus, without its title, so that
 * nothing of the answer but its meaning and its words stands in the question. Undefined where there is no file.
 */
export async function readTitleAbstract(file: string): Promise<EvalSet | undefined> {
  if (!existsSync(file)) return undefined;
  const papers = (await readPapers(file)).slice(-HELD_OUT).filter(({ abstract }) => abstract !== '');
  return {
    name: TITLE_ABSTRACT,
    corpus: papers.map(({ id, abstract }): BenchPaper => ({ id, title: '', abstract })),
    queries: papers.map(({ id, title }) => ({ id, text: title, judgements: new Map([[id, 1]]) })),
    queriesGiven: papers.length,
  };
}
