/** How a ranking by meaning and one by words are best made one: nDCG@10 of each way over the free-text sets, paired with plain RRF. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import { ndcgAtK } from '#dist/evaluation/metrics.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { count, parseBenchArgs, seedOption } from '../lib/args.ts';
import { rowMajor } from '../lib/cached-vectors.ts';
import { DEFAULT_MODEL, modelDirOf } from '../lib/model.ts';
import { endProgress, say, showProgress } from '../lib/progress.ts';
import { namedRandom, sample } from '../lib/random.ts';
import { writeResult } from '../lib/results.ts';
import { printTable, type Row } from '../lib/table.ts';
import { difference, intervalOf, meanOfSets, type Resampled, resampleMeans } from './bootstrap.ts';
import { FUSIONS, type Scored } from './fusion-ways.ts';
import { intervalCells, showDifference, showInterval } from './measures.ts';
import { openModel } from './models.ts';
import { writeFusionsReport } from './report/write-report.ts';
import { DEPTH, vectorsOf } from './systems.ts';
import { readTitleAbstract } from './title-abstract.ts';

const K = 10;
const PLAIN = 'rrf 60';

const options = parseBenchArgs(
  'nDCG@10 of every way to fuse the rankings by meaning and by words, over the sets of free-text queries.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    evals: z.string().default('../shared/data/evals').describe('folder of evaluation folders; seen from the package'),
    papers: z.string().default('../shared/data/papers-5.jsonl.gz').describe('papers whose last 10,000 ask by title'),
    titles: count(2_000, 'of those titles, drawn'),
    cache: z.string().optional().describe('folder of the cached vectors instead of index/bench'),
    resamples: count(1_000, 'bootstrap resamples'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/fusions.json'),
  }),
);

/** nDCG@10 of each way by query, each list in the order of `FUSIONS`, with the parts alone before it. */
async function scoresOf(set: EvalSet): Promise<Map<string, number[]>> {
  const model = await openModel('ours', await modelDirOf(options.model));
  const { dim, corpus, queries } = await vectorsOf(set, model, options.cache);
  await model.embedder.close();
  const index = new ExactIndex(dim, { capacity: corpus.size });
  await index.upsert([...corpus.keys()], rowMajor(corpus, dim));
  const store = new SqlitePaperStore(':memory:');
  await store.upsert(set.corpus, 'replace');
  const ways = new Map<string, (dense: Scored[], lexical: Scored[], words: number) => Scored[]>([
    ['dense', (dense) => dense],
    ['bm25', (_, lexical) => lexical],
    ...FUSIONS,
  ]);
  const scores = new Map([...ways.keys()].map((name) => [name, [] as number[]]));
  for (const [i, query] of set.queries.entries()) {
    if (!('text' in query)) continue;
    showProgress(`${set.name}: ${i} of ${set.queries.length} queries`);
    const [dense = []] = await index.search([queries.get(query.id) ?? new Float32Array(dim)], { k: DEPTH });
    const lexical = await store.lexicalSearch(query.text, DEPTH);
    const words = query.text.split(/\s+/).length;
    for (const [name, fuse] of ways) {
      const ids = fuse(dense, lexical, words).map(({ id }) => id);
      scores.get(name)?.push(ndcgAtK(ids, query.judgements, K));
    }
  }
  endProgress();
  await Promise.all([store.close(), index.close()]);
  return scores;
}

async function* freeTextSets(): AsyncGenerator<EvalSet> {
  const dir = resolve(PACKAGE_ROOT, options.evals);
  for (const name of await listEvalSets(dir)) {
    const set = await readEvalSet(join(dir, name));
    if (name !== 'versions' && set.queries.some((query) => 'text' in query)) yield set;
  }
  const titles = await readTitleAbstract(resolve(PACKAGE_ROOT, options.papers));
  if (titles === undefined) say(`SKIPPED: titles, there is no ${options.papers}`);
  else yield { ...titles, queries: sample(titles.queries, options.titles, namedRandom(options.seed, titles.name)) };
}

const bySet = new Map<string, Map<string, Resampled>>();
for await (const set of freeTextSets()) {
  const scores = await scoresOf(set);
  const columns = [...scores.values()];
  const resampled = resampleMeans(columns, options.resamples, namedRandom(options.seed, set.name));
  bySet.set(set.name, new Map([...scores.keys()].map((name, i) => [name, resampled[i] as Resampled])));
}
const names = [...(bySet.values().next().value?.keys() ?? [])];
const over = (name: string): Resampled => meanOfSets([...bySet.values()].flatMap((scores) => scores.get(name) ?? []));
const rows = names.map((name) => {
  const cells = new Map([
    ...bySet,
    [
      'mean',
      new Map([
        [name, over(name)],
        [PLAIN, over(PLAIN)],
      ]),
    ],
  ]);
  let row: Row = { way: name };
  const printed: Row = { way: name };
  for (const [set, scores] of cells) {
    const [own, plain] = [scores.get(name), scores.get(PLAIN)];
    if (own === undefined || plain === undefined) continue;
    const minus = intervalOf(difference(own, plain));
    row = { ...row, ...intervalCells(set, intervalOf(own)), ...intervalCells(`${set} minus ${PLAIN}`, minus) };
    printed[set] = set === 'mean' ? showInterval(intervalOf(own)) : own.mean.toFixed(4);
    if (set === 'mean') printed[`mean - ${PLAIN}`] = showDifference(minus);
  }
  return { row, printed };
});
printTable(
  'nDCG@10',
  rows.map(({ printed }) => printed),
);
const notes = [
  'mean: over the sets, each counted once; intervals are bootstrap 95 % over queries, differences paired.',
  'Every part ranks 100 papers; what a part does not rank has nothing of it.',
];
await writeResult(
  'fusions',
  { seed: options.seed, parameters: options, tables: { ways: rows.map(({ row }) => row) }, notes },
  options.out,
);
if (options.out === undefined) await writeFusionsReport();
