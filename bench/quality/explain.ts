/** "Why this paper": is the cited sentence what made the score, by method; and how long ten hits take. */
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { createExplainer } from '#dist/recommend/explain.js';
import { count, parseBenchArgs, seedOption } from '../lib/args.ts';
import { latencies, measure } from '../lib/measure.ts';
import { DEFAULT_MODEL, openPool } from '../lib/model.ts';
import { say } from '../lib/progress.ts';
import { writeResult } from '../lib/results.ts';
import { percentile, round } from '../lib/stats.ts';
import { printTable, type Row } from '../lib/table.ts';
import { type AskedCase, askSample, type Case, HITS, judge } from './explain/cases.ts';
import { faithfulness } from './explain/faithfulness.ts';
import { writeExplainReport } from './report/write-report.ts';

const SETS = ['scitldr-dev', 'cacm-withabs', 'scifact-dev', 'csfcube-dev'];
/** What the explanation of ten hits may take. */
const BAR_MS = 50;

const options = parseBenchArgs(
  'Faithfulness of the cited sentences by method, and the time to explain ten hits.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    evals: z.string().default('../shared/data/evals').describe('folder of evaluation folders; seen from the package'),
    queries: count(16, `queries of a set, each with its best ${HITS} hits`),
    processes: count(2, 'embedding processes'),
    cache: z.string().optional().describe('folder of the cached vectors instead of index/bench'),
    resamples: count(1_000, 'bootstrap resamples'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/explain.json'),
  }),
);

/** Milliseconds to explain the hits of one query, never seen before and seen before. */
async function timed(set: EvalSet, asked: readonly AskedCase[]): Promise<Row> {
  const store = new SqlitePaperStore(':memory:');
  await store.upsert(set.corpus, 'replace');
  const { dim } = embedder.model;
  const stats = { kind: 'exact' as const, dim, count: set.corpus.length, tombstones: 0, kept: 0, sizeBytes: 0 };
  const explainer = createExplainer({ store, index: { stats: async () => stats }, embedder });
  const explain = ({ query, vector, hits }: AskedCase) => {
    const seed = 'paper' in query ? { paper: query.paper, vector } : { text: query.text, vector };
    return explainer.explainHits({ vector, seeds: [seed] }, hits);
  };
  // Opens statements and compiles code.
  for (const one of asked.slice(-2)) await explain(one);
  const measured = asked.slice(0, -2);
  let cold: number[] = [];
  const { cpuS } = await measure(async () => {
    cold = await latencies(measured, explain);
  });
  const again = await latencies(measured.slice(-5), explain);
  await store.close();
  const load = loadavg()[0] ?? 0;
  return {
    set: set.name,
    calls: cold.length,
    'p50 ms': round(percentile(cold, 50), 1),
    'p95 ms': round(percentile(cold, 95), 1),
    'CPU ms a call': cpuS === null ? null : round((cpuS * 1_000) / cold.length, 1),
    'again, p50 ms': round(percentile(again, 50), 2),
    'load of the machine': round(load, 1),
  };
}

const embedder = await openPool(options.model, options.processes);
const dir = resolve(PACKAGE_ROOT, options.evals);
const there = (await listEvalSets(dir)).filter((name) => SETS.includes(name));
if (there.length === 0) say(`SKIPPED: ${dir} holds none of ${SETS.join(', ')}`);
else await run();
await embedder.close();

async function run(): Promise<void> {
  const rows: Row[] = [];
  const times: Row[] = [];
  const all: Case[][] = [];
  for (const name of there) {
    const set = await readEvalSet(join(dir, name));
    const asked = await askSample(set, embedder, options);
    times.push(await timed(set, asked));
    const byQuery: Case[][] = [];
    for (const one of asked) {
      const cases = await judge(one, embedder);
      if (cases.length > 0) byQuery.push(cases);
    }
    const own = faithfulness(name, byQuery, options);
    printTable(name, own);
    rows.push(...own);
    all.push(...byQuery);
  }
  rows.push(...faithfulness('all', all, options));
  printTable('all', rows.slice(-rows.length / (there.length + 1)));
  printTable('Time for ten hits', times);
  const notes = [
    'Faithful: the chance that removing the cited sentence, the whole text embedded again, costs the hit more of its cosine to the query than removing a random other sentence. Intervals are bootstrap 95 % over queries.',
    'Judged are the best ten hits of each sampled query that have two or more sentences that the model reads; the title is a sentence.',
    'A method that peeks embeds texts without their sentences, which is what is judged: its figure is no independent test.',
    `The bar for ten hits is ${BAR_MS} ms on a quiet machine of two cores; each hit was new to the cache, as was the query. The load is the average of one minute: above the number of cores the times are too long. CPU time is that of all processes together, which two cores share; a busy neighbour makes it longer too.`,
  ];
  const { model, evals, queries, processes, resamples, seed } = options;
  const parameters = { model, evals, queries, processes, resamples, hits: HITS };
  await writeResult('explain', { seed, parameters, tables: { faithfulness: rows, times }, notes }, options.out);
  if (options.out === undefined) await writeExplainReport();
}
