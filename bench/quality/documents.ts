/** What of a paper is best made its vector: title and abstract together or apart, whole or in windows. nDCG@10 over the evaluation sets. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import { ndcgAtK } from '#dist/evaluation/metrics.js';
import { dot } from '#dist/recommend/dot.js';
import { sentencesOf } from '#dist/recommend/sentences.js';
import { byScore } from '#dist/vectors/vector-index.js';
import { count, parseBenchArgs, seedOption } from '../lib/args.ts';
import { cachedVectors } from '../lib/cached-vectors.ts';
import { DEFAULT_MODEL, modelDirOf } from '../lib/model.ts';
import type { BenchPaper } from '../lib/papers.ts';
import { say } from '../lib/progress.ts';
import { namedRandom } from '../lib/random.ts';
import { writeResult } from '../lib/results.ts';
import { printTable, type Row } from '../lib/table.ts';
import { difference, intervalOf, meanOfSets, type Resampled, resampleMeans } from './bootstrap.ts';
import { intervalCells, showDifference, showInterval } from './measures.ts';
import { openModel } from './models.ts';
import { writeDocumentsReport } from './report/write-report.ts';
import { fingerprint, vectorsOf } from './systems.ts';

const K = 10;
/** About a third of an abstract. */
const WINDOW_CHARACTERS = 450;
const SERVED = 'together';

const options = parseBenchArgs(
  'nDCG@10 of the ways to make vectors of a paper, by exact search.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    evals: z.string().default('../shared/data/evals').describe('folder of evaluation folders; seen from the package'),
    cache: z.string().optional().describe('folder of the cached vectors instead of index/bench'),
    resamples: count(1_000, 'bootstrap resamples'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/documents.json; the report is then not written'),
  }),
);
const model = await openModel('ours', await modelDirOf(options.model));
const { embedder } = model;
const { dim } = embedder.model;

/** Vectors of one paper; its score for a query is that of the nearest of them. */
type Vectors = readonly Float32Array[];

async function waysOf(set: EvalSet, whole: ReadonlyMap<string, Float32Array>): Promise<Map<string, Map<string, Vectors>>> {
  const name = `documents-${fingerprint(set.corpus)}`;
  const part = (suffix: string, papers: readonly BenchPaper[]) =>
    cachedVectors(`${name}-${suffix}`, papers, { embedder, dir: options.cache });
  const titles = await part(
    'titles',
    set.corpus.filter(({ title }) => title !== '').map(({ id, title }) => ({ id, title, abstract: '' })),
  );
  const abstracts = await part(
    'abstracts',
    set.corpus.filter(({ abstract }) => abstract !== '').map(({ id, abstract }) => ({ id, title: '', abstract })),
  );
  const cut = set.corpus.flatMap(({ id, title, abstract }) =>
    windowsOf(abstract).map((window, i) => ({ id: `${id}#${i}`, of: id, title, abstract: window })),
  );
  const windows = await part('windows', cut);
  const byPaper = new Map<string, Float32Array[]>();
  for (const { id, of } of cut) byPaper.set(of, [...(byPaper.get(of) ?? []), windows.get(id) ?? new Float32Array(dim)]);

  const made = (of: (id: string) => Vectors) => new Map(set.corpus.map(({ id }) => [id, of(id)]));
  const known = (...vectors: (Float32Array | undefined)[]) => vectors.filter((vector) => vector !== undefined);
  const served = (id: string) => known(whole.get(id));
  return new Map([
    [SERVED, made(served)],
    ['title alone', made((id) => known(titles.get(id)))],
    ['abstract alone, title where there is none', made((id) => known(abstracts.get(id) ?? titles.get(id)))],
    ['mean of title and abstract', made((id) => mixed(known(titles.get(id), abstracts.get(id)), [0.5, 0.5]))],
    ['mean, title .3', made((id) => mixed(known(titles.get(id), abstracts.get(id)), [0.3, 0.7]))],
    ['nearer of title and abstract', made((id) => known(titles.get(id), abstracts.get(id)))],
    ['mean of windows, each with the title', made((id) => mixed(byPaper.get(id) ?? served(id)))],
    ['nearest window, each with the title', made((id) => byPaper.get(id) ?? served(id))],
    ['nearest of all and the windows', made((id) => [...served(id), ...(byPaper.get(id) ?? [])])],
  ]);
}

/** Whole sentences, `WINDOW_CHARACTERS` or so at a time. */
function windowsOf(abstract: string): string[] {
  const windows: string[] = [];
  let start = 0;
  for (const { end } of sentencesOf(abstract)) {
    if (end - start < WINDOW_CHARACTERS) continue;
    windows.push(abstract.slice(start, end).trim());
    start = end;
  }
  const rest = abstract.slice(start).trim();
  return rest === '' ? windows : [...windows, rest];
}

function mixed(vectors: Vectors, weights?: readonly number[]): Vectors {
  if (vectors.length < 2) return vectors;
  const sum = new Float64Array(dim);
  for (const [i, vector] of vectors.entries())
    for (const [d, x] of vector.entries()) sum[d] = (sum[d] ?? 0) + (weights?.[i] ?? 1) * x;
  const norm = Math.hypot(...sum);
  return [Float32Array.from(sum, (x) => x / norm)];
}

function ndcgOf(set: EvalSet, queries: ReadonlyMap<string, Float32Array>, papers: ReadonlyMap<string, Vectors>): number[] {
  return set.queries.map((query) => {
    const own = 'paper' in query ? query.paper.id : undefined;
    const asked = own === undefined ? [queries.get(query.id) ?? new Float32Array(dim)] : (papers.get(own) ?? []);
    const scored: { id: string; score: number }[] = [];
    for (const [id, vectors] of papers) {
      if (id === own || vectors.length === 0) continue;
      scored.push({ id, score: Math.max(...asked.flatMap((a) => vectors.map((b) => dot(a, b)))) });
    }
    scored.sort(byScore);
    return ndcgAtK(
      scored.slice(0, K).map(({ id }) => id),
      query.judgements,
      K,
    );
  });
}

const bySet = new Map<string, Map<string, Resampled>>();
const dir = resolve(PACKAGE_ROOT, options.evals);
for (const name of await listEvalSets(dir)) {
  if (name === 'versions') continue;
  const set = await readEvalSet(join(dir, name));
  const { corpus, queries } = await vectorsOf(set, model, options.cache);
  const ways = await waysOf(set, corpus);
  say(`${name}: ${set.queries.length} queries`);
  const columns = [...ways.values()].map((papers) => ndcgOf(set, queries, papers));
  const resampled = resampleMeans(columns, options.resamples, namedRandom(options.seed, name));
  bySet.set(name, new Map([...ways.keys()].map((way, i) => [way, resampled[i] as Resampled])));
}
await embedder.close();

const over = (way: string): Resampled => meanOfSets([...bySet.values()].flatMap((scores) => scores.get(way) ?? []));
const rows = [...(bySet.values().next().value?.keys() ?? [])].map((way) => {
  const minus = intervalOf(difference(over(way), over(SERVED)));
  let row: Row = { way };
  const printed: Row = { way };
  for (const [name, scores] of bySet) {
    const own = scores.get(way);
    if (own === undefined) continue;
    row = { ...row, ...intervalCells(name, intervalOf(own)) };
    printed[name] = own.mean.toFixed(3);
  }
  row = { ...row, ...intervalCells('mean', intervalOf(over(way))), ...intervalCells(`mean minus ${SERVED}`, minus) };
  return { row, printed: { ...printed, mean: showInterval(intervalOf(over(way))), [`- ${SERVED}`]: showDifference(minus) } };
});
printTable(
  'nDCG@10',
  rows.map(({ printed }) => printed),
);
const notes = [
  `A window is whole sentences of ${WINDOW_CHARACTERS} characters or more; every set counts the same; intervals are bootstrap 95 %.`,
];
await writeResult(
  'documents',
  { seed: options.seed, parameters: options, tables: { ways: rows.map(({ row }) => row) }, notes },
  options.out,
);
if (options.out === undefined) await writeDocumentsReport();
