/** What the parameters of the graph cost and give: links a node, candidates looked at when one is added, width of a search. */
import { basename } from 'node:path';
import { z } from 'zod';
import type { Neighbour } from '#dist/vectors/vector-index.js';
import { count, counts, parseBenchArgs, seedOption } from './lib/args.ts';
import { DEFAULT_MODEL } from './lib/model.ts';
import { say } from './lib/progress.ts';
import { mulberry32, sample, shuffle } from './lib/random.ts';
import { realVectors } from './lib/real-vectors.ts';
import { writeResult } from './lib/results.ts';
import { mean, median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';
import { buildGraph } from './lookup/build.ts';
import { recallAtK } from './lookup/recall.ts';
import { runSearches } from './lookup/searches.ts';

const options = parseBenchArgs(
  'Build, memory, recall and latency of the HNSW graph for several links a node and candidates of construction.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    data: z.string().default('../shared/data').describe('folder of papers-*.jsonl.gz, seen from the package'),
    papers: count(100_000, 'real papers in the graph'),
    graphs: z
      .string()
      .regex(/^\d+:\d+(,\d+:\d+)*$/, 'must be pairs such as 16:200')
      .default('12:200,16:100,16:200,16:400,24:200')
      .describe('M and efConstruction of each graph'),
    queries: count(500, 'stored papers asked for their neighbours'),
    k: count(10, 'neighbours wanted'),
    efSearch: counts('20,40,60,100,160', 'search widths'),
    rounds: count(3, 'rounds; the order of the widths is drawn anew in each'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/graph.json'),
  }),
);
const { k } = options;
const random = mulberry32(options.seed);
const { dim, real } = await realVectors({ ...options, most: options.papers });
const ids = Array.from({ length: real.length / dim }, (_, i) => `p${i}`);
const asked = sample(ids, options.queries, random);

const rows: Row[] = [];
let truth: Neighbour[][] | undefined;
for (const pair of options.graphs.split(',')) {
  const [M = 0, efConstruction = 0] = pair.split(':').map(Number);
  const { index, row } = await buildGraph(ids, real, dim, { M, efConstruction });
  truth ??= await Promise.all(asked.map(async (id) => (await index.search([id], { k, among: 'all' }))[0] ?? []));
  const runs = new Map<number, { recall: number; latenciesMs: number[] }>();
  await runSearches(index, asked, { k });
  for (let round = 0; round < options.rounds; round++) {
    for (const width of shuffle(options.efSearch, random)) {
      const { answers, latenciesMs } = await runSearches(index, asked, { k, efSearch: width });
      const recall = mean(answers.map((answer, i) => recallAtK(answer, truth?.[i] ?? [])));
      runs.set(width, { recall, latenciesMs: [...(runs.get(width)?.latenciesMs ?? []), ...latenciesMs] });
    }
  }
  for (const [width, { recall, latenciesMs }] of [...runs].sort(([a], [b]) => a - b)) {
    rows.push({
      M,
      efConstruction,
      'build CPU-s': row['build CPU-s'] ?? null,
      'bytes a paper': row['bytes a paper'] ?? null,
      efSearch: width,
      [`recall@${k}`]: round(recall, 4),
      'p50 ms': round(median(latenciesMs), 3),
      'p99 ms': round(percentile(latenciesMs, 99), 3),
    });
  }
  await index.close();
  say(`M ${M}, efConstruction ${efConstruction}: done`);
}
printTable('Graphs of the same papers', rows);
await writeResult(
  'graph',
  {
    seed: options.seed,
    parameters: { ...options, model: basename(options.model), papers: ids.length },
    tables: { parameters: rows },
    notes: ['One thread, stored papers asked for their neighbours, against an exact scan.'],
  },
  options.out,
);
