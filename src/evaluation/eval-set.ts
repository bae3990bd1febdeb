/** Reads an evaluation folder: `corpus.jsonl.gz`, `queries.jsonl`, `qrels.tsv`. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { type Judgements, relevantCount } from './metrics.ts';

export interface EvalPaper {
  id: string;
  title: string;
  abstract: string;
}

/** Free text, or a paper of the corpus that others are to be like. */
export type EvalQuery = { id: string; judgements: Judgements } & ({ text: string } | { paper: EvalPaper });

export interface EvalSet {
  name: string;
  corpus: EvalPaper[];
  /** Those with at least one relevant paper: trec_eval leaves the others out too. */
  queries: EvalQuery[];
  /** Queries in the file. */
  queriesGiven: number;
}

/** Looser than the product: a set is judged as a whole, also where a paper of it has no title. */
const corpusSchema = z.object({ id: z.string().min(1), title: z.string().trim(), abstract: z.string().trim() });

const querySchema = z.union([
  z.object({ id: z.string(), text: z.string().min(1) }),
  z.object({ id: z.string(), paper: z.string() }),
]);

/** Names of the folders under `dir` that hold an evaluation. */
export async function listEvalSets(dir: string): Promise<string[]> {
  if (!existsSync(dir)) return [];
  return (await readdir(dir)).filter((name) => existsSync(join(dir, name, 'qrels.tsv'))).sort();
}

export async function readEvalSet(dir: string): Promise<EvalSet> {
  const packed = await readFile(join(dir, 'corpus.jsonl.gz'));
  const corpus = jsonLines(gunzipSync(packed).toString('utf8')).map((json) => corpusSchema.parse(json));
  const byId = new Map<string, EvalPaper>(corpus.map((paper) => [paper.id, paper]));
  const qrels = await readQrels(join(dir, 'qrels.tsv'));
  const queries: EvalQuery[] = [];
  const given = jsonLines(await readFile(join(dir, 'queries.jsonl'), 'utf8')).map((json) => querySchema.parse(json));
  for (const query of given) {
    const judgements = qrels.get(query.id) ?? new Map<string, number>();
    if ('text' in query) {
      if (relevantCount(judgements) > 0) queries.push({ id: query.id, text: query.text, judgements });
      continue;
    }
    const paper = byId.get(query.paper);
    if (paper === undefined)
      throw new AppError('invalid_input', `${dir}: query "${query.id}" asks for "${query.paper}", which is not in the corpus`);
    // The paper itself is never a result, so it can be no judgement either.
    judgements.delete(paper.id);
    if (relevantCount(judgements) > 0) queries.push({ id: query.id, paper, judgements });
  }
  return { name: basename(dir), corpus: [...byId.values()], queries, queriesGiven: given.length };
}

function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): unknown => JSON.parse(line));
}

async function readQrels(file: string): Promise<Map<string, Map<string, number>>> {
  const qrels = new Map<string, Map<string, number>>();
  for (const line of (await readFile(file, 'utf8')).split(/\r?\n/)) {
    if (line === '') continue;
    const [query, document, grade] = line.split('\t');
    if (query === undefined || document === undefined || grade === undefined || !Number.isFinite(Number(grade))) {
      throw new AppError('invalid_input', `${file}: expected query, document and grade, found "${line}"`);
    }
    const judgements = qrels.get(query) ?? new Map<string, number>();
    qrels.set(query, judgements.set(document, Number(grade)));
  }
  return qrels;
}
