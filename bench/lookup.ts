/** Nearest neighbours: what the graph costs to build, and its recall and speed against the exact index. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { openThreadedLiveIndex } from '#dist/vectors/threaded-live-index.js';
import type { VectorIndex } from '#dist/vectors/vector-index.js';
import { count, counts, flag, parseBenchArgs, seedOption } from './lib/args.ts';
import { cachedVectors, rowMajor } from './lib/cached-vectors.ts';
import { measure } from './lib/measure.ts';
import { DEFAULT_MODEL, openPool } from './lib/model.ts';
import { readPapers, readSeedPapers } from './lib/papers.ts';
import { say } from './lib/progress.ts';
import { mulberry32, sample, shuffle } from './lib/random.ts';
import { writeResult } from './lib/results.ts';
import { mean, median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';
import { buildGraph, measureFiles } from './lookup/build.ts';
import { measurePeers } from './lookup/peers.ts';
import { recallAtK } from './lookup/recall.ts';
import { runSearches, type SearchRun } from './lookup/searches.ts';

const options = parseBenchArgs(
  'Build, memory, recall@10 and queries a second of the HNSW graph against the exact index.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    data: z.string().default('../shared/data/papers-0.jsonl.gz').describe('papers beside the seeds; seen from the package'),
    papers: count(20_000, 'papers read from --data'),
    queries: count(1_000, 'stored papers asked for their neighbours'),
    k: count(10, 'neighbours wanted'),
    efSearch: counts('10,20,40,80,100,160,320', 'search widths'),
    M: count(16, 'links a node'),
    efConstruction: count(200, 'candidates looked at when a node is added'),
    peers: flag('compare with other graphs, set up in index/bench at the first run; without it with the library alone'),
    rounds: count(3, 'rounds; the order of the widths is drawn anew in each'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/lookup.json'),
  }),
);
const { k, efSearch: widths, M, efConstruction } = options;
/** What the service searches with by default. */
const SERVED_WIDTH = 100;
const CONCURRENT = 16;

const random = mulberry32(options.seed);
const dataFile = resolve(PACKAGE_ROOT, options.data);
const more = existsSync(dataFile) ? await readPapers(dataFile, options.papers) : [];
if (more.length === 0) say(`SKIPPED: ${dataFile} is not there, only the bundled corpus is measured (--data names another file)`);
const seeds = await readSeedPapers();
const papers = [...new Map([...seeds, ...more].map((paper) => [paper.id, paper])).values()];

const { ids, vectors, dim, space } = await embedOnce();
const queries = sample(ids, options.queries, random);
const folder = await mkdtemp(join(tmpdir(), 'paperkin-lookup-'));
try {
  const exact = new ExactIndex(dim, { capacity: ids.length });
  await exact.upsert(ids, vectors);
  await runSearches(exact, queries.slice(0, 20), { k });
  const truth = await runSearches(exact, queries, { k });

  const { index, row: buildRow } = await buildGraph(ids, vectors, dim, { M, efConstruction });
  const files = await measureFiles(index, folder, { dim, space, parameters: { M, efConstruction } });
  const search = [searchRow('exact', null, [truth], truth), ...(await measureWidths(index, truth, queries))];
  const { peers, atRecall } = await measurePeers({
    vectors,
    ids,
    dim,
    parameters: { M, efConstruction },
    index,
    queries,
    truth: truth.answers,
    k,
    widths,
    rounds: options.rounds,
    random,
    folder,
    python: options.peers,
  });
  const seedsAlone = await measureSeeds();

  let threaded: VectorIndex | undefined;
  const opened = await measure(async () => {
    threaded = await openThreadedLiveIndex({ root: join(folder, 'generations'), space, dim });
  });
  const hop = threaded === undefined ? [] : await measureThread(threaded, index, truth);
  await threaded?.close();

  const build: Row[] = [buildRow];
  const disk: Row[] = [{ ...files, 'open in a thread s (checksum, load)': round(opened.wallS, 3) }];
  printTable('Building the graph', build);
  printTable('The graph on disk', disk);
  printTable(`Search in this thread, ${queries.length} stored papers, one query a call, k ${k}`, search);
  printTable('The same through a worker thread, as the service does', hop);
  printTable('The same vectors in other graphs, in turn', peers);
  printTable('At recall .99 or above', atRecall);
  printTable(`The bundled corpus alone, each of its ${seeds.length} papers asked for`, seedsAlone);
  await writeResult(
    'lookup',
    {
      seed: options.seed,
      parameters: { ...options, model: basename(options.model), corpus: ids.length, space },
      tables: { build, disk, search, hop, peers, atRecall, seedsAlone },
      notes: [
        'A paper is asked for by id and left out of its own answer. Recall is against the exact index; a tie with the last counts as found.',
      ],
    },
    options.out,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Vectors of all papers; from the second run on they are read from `index/bench/lookup.db`. */
async function embedOnce() {
  const embedder = await openPool(options.model);
  try {
    const { dim } = embedder.model;
    const byId = await cachedVectors('lookup', papers, { embedder });
    return { ids: [...byId.keys()], vectors: rowMajor(byId, dim), dim, space: embedder.space };
  } finally {
    await embedder.close();
  }
}

/** The papers that the service starts with: a graph so small that a search sees most of it. */
async function measureSeeds(): Promise<Row[]> {
  const own = ids.slice(0, seeds.length);
  const rows = vectors.subarray(0, own.length * dim);
  const exact = new ExactIndex(dim, { capacity: own.length });
  await exact.upsert(own, rows);
  const { index } = await buildGraph(own, rows, dim, { M, efConstruction });
  const truth = await runSearches(exact, own, { k });
  return [searchRow('exact', null, [truth], truth), ...(await measureWidths(index, truth, own))];
}

async function measureWidths(index: VectorIndex, truth: SearchRun, asked: readonly string[]): Promise<Row[]> {
  const runs = new Map<number, SearchRun[]>(widths.map((width) => [width, []]));
  for (const width of widths) await runSearches(index, asked.slice(0, 100), { k, efSearch: width });
  for (let i = 0; i < options.rounds; i++) {
    for (const width of shuffle(widths, random)) {
      runs.get(width)?.push(await runSearches(index, asked, { k, efSearch: width }));
    }
  }
  return widths.map((width) => searchRow('hnsw', width, runs.get(width) ?? [], truth));
}

/** The hop costs a message each way; with several calls in flight it overlaps with the search. */
async function measureThread(threaded: VectorIndex, inProcess: VectorIndex, truth: SearchRun): Promise<Row[]> {
  const cases = [
    { label: 'hnsw, this thread', index: inProcess, inFlight: 1 },
    { label: 'hnsw, worker thread, 1 call in flight', index: threaded, inFlight: 1 },
    { label: `hnsw, worker thread, ${CONCURRENT} calls in flight`, index: threaded, inFlight: CONCURRENT },
  ];
  const runs = new Map<string, SearchRun[]>(cases.map(({ label }) => [label, []]));
  await runSearches(threaded, queries.slice(0, 100), { k, efSearch: SERVED_WIDTH });
  for (let i = 0; i < options.rounds; i++) {
    for (const { label, index, inFlight } of shuffle(cases, random)) {
      runs.get(label)?.push(await runSearches(index, queries, { k, efSearch: SERVED_WIDTH, inFlight }));
    }
  }
  return cases.map(({ label }) => searchRow(label, SERVED_WIDTH, runs.get(label) ?? [], truth));
}

/** Medians over the rounds; every round gives the same answers. */
function searchRow(label: string, efSearch: number | null, runs: readonly SearchRun[], truth: SearchRun): Row {
  const answers = runs[0]?.answers ?? [];
  const recalls = answers.map((answer, i) => recallAtK(answer, truth.answers[i] ?? []));
  const of = (figure: (run: SearchRun) => number) => median(runs.map(figure));
  return {
    index: label,
    efSearch,
    [`recall@${k}`]: round(mean(recalls), 4),
    'queries/s': Math.round(of((run) => run.answers.length / run.wallS)),
    'p50 ms': round(
      of((run) => median(run.latenciesMs)),
      3,
    ),
    'p99 ms': round(
      of((run) => percentile(run.latenciesMs, 99)),
      3,
    ),
  };
}
