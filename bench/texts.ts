/** Search by words: the text index against FTS5 of the same database, query by query in turn, and what the index costs. */
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import type { PaperFilter } from '#dist/paper-filter.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { titleQueries } from './http/targets.ts';
import { count, counts, parseBenchArgs, seedOption } from './lib/args.ts';
import { type BenchPaper, readPapers } from './lib/papers.ts';
import { endProgress, say, showProgress } from './lib/progress.ts';
import { mulberry32, sample } from './lib/random.ts';
import { writeResult } from './lib/results.ts';
import { median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';

const options = parseBenchArgs(
  'Latency of searches by words, by the index in memory and by FTS5, and the time and memory that the index takes.',
  z.object({
    data: z.string().default('../shared/data').describe('folder with papers-N.jsonl.gz; seen from the package'),
    papers: counts('40000,200000', 'corpus sizes; a database of each is kept in index/bench'),
    queries: count(500, 'runs of 3 to 6 words of titles'),
    filtered: count(50, 'of these with each filter'),
    k: count(100, 'hits wanted'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/texts.json'),
  }),
);
const BATCH = 1_000;
const FILTERS: [name: string, filter: PaperFilter][] = [
  ['since 2020', { from: '2020' }],
  ['one category', { category: 'cs.CL' }],
  ['one author', { author: 'Kaiming He' }],
  ['a phrase', { phrase: 'language model' }],
  ['without a word', { not: { word: 'neural' } }],
  ['30 authors or more', { minAuthors: 30 }],
];

const random = mulberry32(options.seed);
const folder = join(PACKAGE_ROOT, 'index/bench');
await mkdir(folder, { recursive: true });
const tables: Record<'search' | 'filters' | 'index', Row[]> = { search: [], filters: [], index: [] };
for (const papers of options.papers) await measureCorpus(papers);
printTable(`${options.queries} queries, k ${options.k}, in turn`, tables.search);
printTable(`${options.filtered} queries with a filter`, tables.filters);
printTable('The index', tables.index);
await writeResult(
  'texts',
  {
    seed: options.seed,
    parameters: options,
    tables,
    notes: [
      'Both answered the same papers in the same order to every query; CPU time is that of the process, both threads of SQLite and V8.',
    ],
  },
  options.out,
);

async function measureCorpus(papers: number): Promise<void> {
  const file = join(folder, `texts-${papers}.db`);
  const titles = await fill(file, papers);
  const textIndexFile = `${file}.index`;
  await rm(textIndexFile, { force: true });
  const made = await opened(file, textIndexFile);
  while (!existsSync(textIndexFile)) await delay(10);
  await made.store.close();
  const { store: indexed, ...loaded } = await opened(file, textIndexFile);
  const plain = new SqlitePaperStore(file, { readOnly: true });
  const { sizeBytes = 0 } = (await indexed.textIndex()) ?? {};
  tables.index.push({
    papers,
    'made, CPU s': round(made.cpuS, 1),
    'loaded and compared, CPU s': round(loaded.cpuS, 2),
    'bytes a paper': Math.round(sizeBytes / papers),
    'file bytes a paper': Math.round((await stat(textIndexFile)).size / papers),
  });
  const queries = sample(titleQueries(titles, random), options.queries, random);
  for (const query of queries.slice(0, 50)) await indexed.lexicalSearch(query, options.k);
  tables.search.push(...(await compared(papers, {}, plain, indexed, queries)));
  for (const [filter, asked] of FILTERS) {
    tables.filters.push(...(await compared(papers, { filter }, plain, indexed, queries.slice(0, options.filtered), asked)));
  }
  await indexed.close();
  await plain.close();
}

/** The titles of some of its papers. */
async function fill(file: string, papers: number): Promise<BenchPaper[]> {
  const store = new SqlitePaperStore(file);
  let { papers: stored } = await store.counts();
  for (let part = 0; stored < papers; part++) {
    const source = resolve(PACKAGE_ROOT, options.data, `papers-${part}.jsonl.gz`);
    if (!existsSync(source)) throw new Error(`${source} is not there: ${stored} papers, ${papers} were asked for`);
    const drafts = await readPapers(source);
    for (let from = 0; from < drafts.length && stored < papers; from += BATCH) {
      await store.upsert(drafts.slice(from, from + Math.min(BATCH, papers - stored)), 'merge');
      stored = (await store.counts()).papers;
      showProgress(`${file}: ${stored} papers`);
    }
  }
  endProgress();
  const some = await store.list({ limit: 2_000 });
  await store.close();
  return some;
}

async function opened(file: string, textIndexFile: string): Promise<{ store: SqlitePaperStore; cpuS: number }> {
  const before = cpuMs();
  const store = new SqlitePaperStore(file, { readOnly: true, textIndex: { file: textIndexFile, onFault: say } });
  while ((await store.textIndex())?.current === false) await delay(2);
  return { store, cpuS: (cpuMs() - before) / 1_000 };
}

/** Each query by one and by the other. @throws Error where the answers differ. */
async function compared(
  papers: number,
  label: Row,
  plain: SqlitePaperStore,
  indexed: SqlitePaperStore,
  queries: readonly string[],
  filter?: PaperFilter,
): Promise<Row[]> {
  const sides = [
    { by: 'FTS5', store: plain, wall: [] as number[], cpu: [] as number[] },
    { by: 'the index', store: indexed, wall: [] as number[], cpu: [] as number[] },
  ];
  for (const query of queries) {
    const answers: string[] = [];
    for (const { store, wall, cpu } of sides) {
      const [start, before] = [performance.now(), cpuMs()];
      const hits = await store.lexicalSearch(query, options.k, filter);
      wall.push(performance.now() - start);
      cpu.push(cpuMs() - before);
      answers.push(hits.map(({ id }) => id).join(' '));
    }
    if (answers[0] !== answers[1]) throw new Error(`"${query}" is answered in two ways`);
  }
  const slow = median(sides[0]?.cpu ?? []);
  return sides.map(({ by, wall, cpu }) => ({
    papers,
    ...label,
    by,
    'p50 ms': round(median(wall), 2),
    'p99 ms': round(percentile(wall, 99), 2),
    'CPU ms, median': round(median(cpu), 2),
    'times as fast': round(slow / median(cpu), 1),
  }));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
