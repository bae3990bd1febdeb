/**
 * How a ranking by meaning and one by words are best made one: nDCG@10 of each way over the free-text sets, paired with plain RRF;
 * and what each would do to the sets that ask by the whole text of a paper.
 */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import { ndcgAtK } from '#dist/evaluation/metrics.js';
import { isStopWord, lexicalWords } from '#dist/papers/lexical-query.js';
import { count, parseBenchArgs, seedOption } from '../lib/args.ts';
import { DEFAULT_MODEL, modelDirOf } from '../lib/model.ts';
import { endProgress, say, showProgress } from '../lib/progress.ts';
import { namedRandom, sample } from '../lib/random.ts';
import { writeResult } from '../lib/results.ts';
import { printTable, type Row } from '../lib/table.ts';
import { difference, intervalOf, meanOfSets, type Resampled, resampleMeans } from './bootstrap.ts';
import { denseRanker } from './dense.ts';
import { FUSIONS, type Fuse } from './fusion-ways.ts';
import { lexicalRanker, wordsOf } from './lexical.ts';
import { intervalCells, showDifference, showInterval } from './measures.ts';
import { openModel } from './models.ts';
import { writeFusionsReport } from './report/write-report.ts';
import { isFreeText } from './scores.ts';
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
  const byMeaning = await denseRanker(await vectorsOf(set, model, options.cache));
  await model.embedder.close();
  const byWords = await lexicalRanker(set.corpus);
  const ways = new Map<string, Fuse>([['dense', (dense) => dense], ['bm25', (_, lexical) => lexical], ...FUSIONS]);
  const scores = new Map([...ways.keys()].map((name) => [name, [] as number[]]));
  for (const [i, query] of set.queries.entries()) {
    showProgress(`${set.name}: ${i} of ${set.queries.length} queries`);
    const dense = await byMeaning.rank(query, DEPTH);
    const { bm25 } = await byWords.rank(query, DEPTH);
    const text = 'text' in query ? query.text : wordsOf(query.paper);
    const asked = { words: text.split(/\s+/).length, searched: searchedShare(text) };
    for (const [name, fuse] of ways) {
      const ids = fuse(dense, bm25, asked).map(({ id }) => id);
      scores.get(name)?.push(ndcgAtK(ids, query.judgements, K));
    }
  }
  endProgress();
  await byWords.close();
  return scores;
}

/** Of the different words of a text that tell something, those that BM25 searches: 1 but for a long one. */
function searchedShare(text: string): number {
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const telling = [...words].filter((word) => !isStopWord(word)).length;
  return Math.min(1, lexicalWords(text).length / Math.max(1, telling));
}

async function* evalSets(): AsyncGenerator<EvalSet & { isFreeText: boolean }> {
  const dir = resolve(PACKAGE_ROOT, options.evals);
  const sets: EvalSet[] = [];
  for (const name of await listEvalSets(dir)) sets.push(await readEvalSet(join(dir, name)));
  for (const set of sets.filter(isFreeText)) yield { ...set, isFreeText: true };
  const titles = await readTitleAbstract(resolve(PACKAGE_ROOT, options.papers));
  if (titles === undefined) say(`SKIPPED: titles, there is no ${options.papers}`);
  else {
    const queries = sample(titles.queries, options.titles, namedRandom(options.seed, titles.name));
    yield { ...titles, queries, isFreeText: true };
  }
  for (const set of sets.filter((set) => !isFreeText(set))) yield { ...set, isFreeText: false };
}

const bySet = new Map<string, Map<string, Resampled>>();
const freeText: string[] = [];
for await (const set of evalSets()) {
  if (set.isFreeText) freeText.push(set.name);
  const scores = await scoresOf(set);
  const columns = [...scores.values()];
  const resampled = resampleMeans(columns, options.resamples, namedRandom(options.seed, set.name));
  bySet.set(set.name, new Map([...scores.keys()].map((name, i) => [name, resampled[i] as Resampled])));
}
const names = [...(bySet.values().next().value?.keys() ?? [])];
const over = (name: string): Resampled => meanOfSets(freeText.flatMap((set) => bySet.get(set)?.get(name) ?? []));
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
  'mean: over the sets of free text, the first four, each counted once; intervals are bootstrap 95 % over queries, differences paired.',
  'The other sets ask by the title and abstract of a paper, of which BM25 searches 64 words.',
  'Every part ranks 100 papers; what a part does not rank has nothing of it.',
];
await writeResult(
  'fusions',
  { seed: options.seed, parameters: options, tables: { ways: rows.map(({ row }) => row) }, notes },
  options.out,
);
if (options.out === undefined) await writeFusionsReport();
