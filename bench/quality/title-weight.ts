/** How much a word of the title should count in BM25: nDCG@10 of the lexical ranking over the evaluation sets, by weight. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import { ndcgAtK } from '#dist/evaluation/metrics.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { parseBenchArgs, seedOption } from '../lib/args.ts';
import { say } from '../lib/progress.ts';
import { writeResult } from '../lib/results.ts';
import { mean } from '../lib/stats.ts';
import { printTable, type Row } from '../lib/table.ts';

const WEIGHTS = [1, 1.5, 2, 3, 5];
const K = 10;

const options = parseBenchArgs(
  'nDCG@10 of BM25 by the weight of the title.',
  z.object({
    evals: z.string().default('../shared/data/evals').describe('folder of evaluation folders; seen from the package'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/title-weight.json'),
  }),
);

async function ndcgWith(titleWeight: number, { corpus, queries }: EvalSet): Promise<number> {
  const store = new SqlitePaperStore(':memory:', { titleWeight });
  await store.upsert(corpus, 'replace');
  const values: number[] = [];
  for (const query of queries) {
    const text = 'text' in query ? query.text : `${query.paper.title} ${query.paper.abstract}`;
    const own = 'paper' in query ? query.paper.id : undefined;
    const found = await store.lexicalSearch(text, K + 1);
    values.push(
      ndcgAtK(
        found.map(({ id }) => id).filter((id) => id !== own),
        query.judgements,
        K,
      ),
    );
  }
  await store.close();
  return mean(values);
}

const dir = resolve(PACKAGE_ROOT, options.evals);
const sets: Row[] = [];
for (const name of await listEvalSets(dir)) {
  const set = await readEvalSet(join(dir, name));
  const row: Row = { set: name };
  for (const weight of WEIGHTS) row[`title x ${weight}`] = Number((await ndcgWith(weight, set)).toFixed(4));
  sets.push(row);
}
if (sets.length === 0) say(`SKIPPED: ${dir} holds no evaluation folder`);
else {
  printTable('nDCG@10 of BM25', sets);
  await writeResult('title-weight', { seed: options.seed, parameters: options, tables: { sets }, notes: [] }, options.out);
}
