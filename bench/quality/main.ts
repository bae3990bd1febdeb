/** How good the rankings are: on evaluation sets with judgements, or (--seeds) on the saved pages of the seeds. */
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import { count, fail, flag, parseBenchArgs, seedOption } from '../lib/args.ts';
import { DEFAULT_MODEL, modelDirOf, PEER_MODEL } from '../lib/model.ts';
import { say } from '../lib/progress.ts';
import { RESULTS_DIR, writeResult } from '../lib/results.ts';
import { printTable } from '../lib/table.ts';
import { barRows } from './bars.ts';
import { evaluateSets } from './evals.ts';
import { modelRows, openModel, openModels } from './models.ts';
import { partRows } from './parts.ts';
import { barCells, partCells } from './report/tables.ts';
import { writeHybridReport, writeQualityReport, writeSeedPagesReport } from './report/write-report.ts';
import { evaluateSeedPages } from './seed-pages.ts';
import { DEPTH } from './systems.ts';
import { readTitleAbstract, TITLE_ABSTRACT } from './title-abstract.ts';

const EVALS = '../shared/data/evals';
const PAPERS = '../shared/data/papers-5.jsonl.gz';

const options = parseBenchArgs(
  'nDCG@10, recall@20 and MRR@10 of our model, its peer and the baselines without a model; with --seeds, page sharing of the seeds.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of our model'),
    fp32: z.string().optional().describe('folder of our model in fp32 (default index/models/<name of our model>-fp32)'),
    peer: z.string().default(PEER_MODEL).describe('folder of all-MiniLM-L6-v2 in int8'),
    peerFp32: z.string().default(`${PEER_MODEL}-fp32`).describe('folder of all-MiniLM-L6-v2 in fp32'),
    evals: z.string().default(EVALS).describe('folder of evaluation folders; seen from the package'),
    papers: z.string().default(PAPERS).describe(`papers whose last 10,000 are ${TITLE_ABSTRACT}; seen from the package`),
    only: z
      .string()
      .transform((text) => text.split(','))
      .optional()
      .describe('names of the sets to run, comma-separated; the report is then not written'),
    cache: z.string().optional().describe('folder of the cached vectors instead of index/bench'),
    seeds: flag('evaluate on the seed pages instead'),
    hybrid: flag('our model and BM25 alone, and fused: whether the fusion is better than either'),
    resamples: count(1_000, 'bootstrap resamples'),
    seed: seedOption,
    out: z
      .string()
      .optional()
      .describe('result file instead of bench/results/quality.json or quality-seeds.json; hybrid.json goes beside it'),
  }),
);

const { seed, resamples, cache } = options;
const models = options.hybrid ? [await openModel('ours', await modelDirOf(options.model))] : await openModels(options);
const parameters = { evals: options.evals, papers: options.papers, only: options.only ?? null, resamples, depth: DEPTH };
try {
  if (options.seeds) await runSeedPages();
  else await runSets();
} finally {
  for (const { embedder } of models) await embedder.close();
}

async function runSets(): Promise<void> {
  const dir = resolve(PACKAGE_ROOT, options.evals);
  const papers = resolve(PACKAGE_ROOT, options.papers);
  const folders = await listEvalSets(dir);
  const names = options.only ?? [...folders, TITLE_ABSTRACT];
  const unknown = names.find((name) => name !== TITLE_ABSTRACT && !folders.includes(name));
  if (unknown !== undefined) fail(`--only: no evaluation "${unknown}"; there are ${[...folders, TITLE_ABSTRACT].join(', ')}`);

  async function* sets(): AsyncGenerator<EvalSet> {
    for (const name of names) {
      const set = name === TITLE_ABSTRACT ? await readTitleAbstract(papers) : await readEvalSet(join(dir, name));
      if (set !== undefined) yield set;
      else say(`SKIPPED: ${TITLE_ABSTRACT}, there is no ${options.papers} (--papers names another file)`);
    }
  }

  const { scores, rows } = await evaluateSets(sets(), models, { resamples, seed, cache });
  if (rows.length === 0) {
    say(`SKIPPED: ${options.evals} holds no evaluation folder (--evals names another one, --seeds needs none)`);
    return;
  }
  const notes = [
    `Intervals are bootstrap 95 % over queries, ${resamples} resamples; differences are paired, a star where 0 is outside.`,
    'nDCG has linear gain as in trec_eval; what is not judged is not relevant; the query paper is never a result.',
    'Over all sets each set counts the same. Some share corpora or papers, so their errors are not independent.',
    `${TITLE_ABSTRACT}: every title asks for its abstract among all abstracts, of which titles are no part.`,
  ];
  const asCommitted =
    options.only === undefined && options.evals === EVALS && options.papers === PAPERS && options.model === DEFAULT_MODEL;
  const out =
    options.out ?? (asCommitted ? join(RESULTS_DIR, 'quality.json') : join(PACKAGE_ROOT, 'index/bench/quality-part.json'));
  // The report is about the bundled model on all sets.
  const isReported = asCommitted && options.out === undefined;
  const common = { seed, parameters, notes };

  const parts = partRows(scores, { resamples, seed });
  printTable('The fusion and its parts', parts.map(partCells));
  const hybrid = { ...common, tables: { models: modelRows(models.filter(({ system }) => system === 'ours')), sets: parts } };
  await writeResult('hybrid', hybrid, join(dirname(out), 'hybrid.json'));
  if (isReported) await writeHybridReport();
  if (options.hybrid) return;

  const bars = barRows(scores, models, { resamples, seed });
  printTable('Bars', bars.map(barCells));
  await writeResult('quality', { ...common, tables: { models: modelRows(models), sets: rows, bars } }, out);
  if (isReported) await writeQualityReport();
}

async function runSeedPages(): Promise<void> {
  const pages = await evaluateSeedPages(models, { resamples, seed, cache });
  printTable('Seed papers that share a page', pages);
  const notes = [
    'Each seed paper ranks all others. MRR: of the first that shares the page. Low and high: bootstrap 95 % interval over papers.',
    'A random order is computed exactly. bm25 asks with title and abstract, of which it takes the first 64 terms.',
  ];
  await writeResult('quality-seeds', { seed, parameters, tables: { models: modelRows(models), pages }, notes }, options.out);
  if (options.out === undefined) await writeSeedPagesReport();
}
