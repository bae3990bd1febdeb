/** How the graph grows: build, memory, latency and recall from ten thousand papers to a million. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { DEFAULT_HNSW, HnswIndex } from '#dist/vectors/hnsw-index.js';
import { count, counts, parseBenchArgs, seedOption } from './lib/args.ts';
import { measure } from './lib/measure.ts';
import { DEFAULT_MODEL } from './lib/model.ts';
import { plotLines } from './lib/plot.ts';
import { endProgress, showProgress } from './lib/progress.ts';
import { mulberry32, type Random, sample } from './lib/random.ts';
import { realVectors } from './lib/real-vectors.ts';
import { RESULTS_DIR, writeResult } from './lib/results.ts';
import { mean, median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';
import { recallAtK } from './lookup/recall.ts';
import { runSearches } from './lookup/searches.ts';

const options = parseBenchArgs(
  'One graph that grows: at each size its build, its memory, and the latency and recall of a search.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    data: z.string().default('../shared/data').describe('folder of papers-*.jsonl.gz, seen from the package'),
    sizes: counts('10000,50000,240000,1000000', 'papers at which it is measured; beyond the real ones, perturbed copies'),
    queries: count(300, 'stored papers asked for their neighbours'),
    k: count(10, 'neighbours wanted'),
    efSearch: counts('50,100,200', 'search widths'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/scale.json; the plot lies beside it'),
  }),
);
const { k, efSearch: widths } = options;
const sizes = [...options.sizes].sort((a, b) => a - b);
const largest = sizes.at(-1) ?? 0;
/** Length of the noise that is added to a copy: its cosine to the original is about .9, as between papers of one subject. */
const NOISE = 0.5;
const ADDED_AT_ONCE = 1_000;
/** Of the vectors and the links: what cannot be saved without another kind of index. */
const leastBytes = (dim: number) => 4 * dim + 4 * (2 * DEFAULT_HNSW.M + 1);

const idOf = (i: number) => `p${i}`;

const random = mulberry32(options.seed);
const { dim, real } = await realVectors({ ...options, most: largest });
const scratch = await mkdtemp(join(tmpdir(), 'paperkin-scale-'));
try {
  const index = new HnswIndex(dim);
  const rows: Row[] = [];
  let have = 0;
  for (const size of sizes) {
    const build = await measure(() => grow(index, have, size));
    rows.push(...(await measureAt(index, size, size - have, build)));
    have = size;
    // Hours may lie between two sizes: what is measured is kept.
    await keep(rows);
  }
  await index.close();
  printTable('A graph that grows', rows);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function keep(rows: readonly Row[]): Promise<void> {
  const served = rows.filter((row) => row['efSearch'] === widths[Math.floor(widths.length / 2)]);
  const line = (name: string, figure: string) => ({
    name,
    points: served.map((row) => ({ x: Number(row['papers']), y: Number(row[figure]) })),
  });
  const svg = plotLines({
    title: `Latency of one search, efSearch ${served[0]?.['efSearch']}`,
    xLabel: 'papers',
    yLabel: 'ms',
    lines: [line('p50', 'p50 ms'), line('p99', 'p99 ms')],
  });
  const out = options.out === undefined ? join(RESULTS_DIR, 'scale.json') : resolve(options.out);
  await writeFile(out.replace(/\.json$/, '.svg'), svg);
  await writeResult(
    'scale',
    {
      seed: options.seed,
      parameters: { ...options, model: basename(options.model), real: real.length / dim },
      tables: { growth: rows },
      notes: [
        `${real.length / dim} papers are real; those beyond are their vectors with noise, cosine about .9 to the original.`,
        'One thread. "to the least" is the memory of the index against 4 bytes a dimension and a link.',
      ],
    },
    out,
  );
}

/** The vector of place i: a real one, or one with noise; always the same for one seed. */
function rowAt(i: number, into: Float32Array): void {
  const papers = real.length / dim;
  const own = i % papers;
  into.set(real.subarray(own * dim, (own + 1) * dim));
  if (i < papers) return;
  const noise = mulberry32(options.seed + i);
  let length = 0;
  for (let d = 0; d < dim; d++) {
    into[d] = (into[d] ?? 0) + (NOISE / Math.sqrt(dim)) * gaussian(noise);
    length += (into[d] ?? 0) ** 2;
  }
  for (let d = 0; d < dim; d++) into[d] = (into[d] ?? 0) / Math.sqrt(length);
}

/** Box and Muller 1958. */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

async function grow(index: HnswIndex, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += ADDED_AT_ONCE) {
    const length = Math.min(ADDED_AT_ONCE, to - start);
    const vectors = new Float32Array(length * dim);
    const ids = Array.from({ length }, (_, i) => {
      rowAt(start + i, vectors.subarray(i * dim, (i + 1) * dim));
      return idOf(start + i);
    });
    await index.upsert(ids, vectors);
    showProgress(`${start + length} of ${to} papers`);
  }
  endProgress();
}

async function measureAt(
  index: HnswIndex,
  size: number,
  added: number,
  { wallS, cpuS }: { wallS: number; cpuS: number | null },
): Promise<Row[]> {
  const asked = sample(
    Array.from({ length: size }, (_, i) => idOf(i)),
    options.queries,
    random,
  );
  const truth = await Promise.all(asked.map(async (id) => (await index.search([id], { k, among: 'all' }))[0] ?? []));
  const { sizeBytes } = await index.stats();
  const saved = await mkdtemp(join(scratch, 'saved-'));
  await index.save(saved);
  const load = await measure(async () => (await HnswIndex.load(saved, dim, DEFAULT_HNSW)).close());
  await rm(saved, { recursive: true });
  const rows: Row[] = [];
  for (const width of widths) {
    await runSearches(index, asked.slice(0, 50), { k, efSearch: width });
    const { answers, latenciesMs } = await runSearches(index, asked, { k, efSearch: width });
    rows.push({
      papers: size,
      'added papers/s': Math.round(added / wallS),
      'added CPU-s': cpuS === null ? null : round(cpuS, 1),
      'bytes a paper': Math.round(sizeBytes / size),
      'to the least': round(sizeBytes / size / leastBytes(dim), 2),
      'load s': round(load.wallS, 2),
      efSearch: width,
      [`recall@${k}`]: round(mean(answers.map((answer, i) => recallAtK(answer, truth[i] ?? []))), 4),
      'p50 ms': round(median(latenciesMs), 3),
      'p99 ms': round(percentile(latenciesMs, 99), 3),
    });
  }
  return rows;
}
