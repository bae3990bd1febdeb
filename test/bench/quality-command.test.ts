/** The quality bench as it is run, on an evaluation of six papers: measured, written down, and put into the documents. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultModel } from '#dist/models/model-library.js';
import { type TempDir, tempDir } from '../support/seeded.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODEL = defaultModel().dir;

const PAPERS = [
  { id: 'p1', title: 'Graph attention networks', abstract: 'Attention over the neighbours of a node in a graph.' },
  { id: 'p2', title: 'Protein folding by deep learning', abstract: 'We predict the structure of proteins from sequences.' },
  { id: 'p3', title: 'A survey of sorting algorithms', abstract: 'Quicksort, mergesort and heapsort are compared.' },
  { id: 'p4', title: 'Neural machine translation', abstract: 'An encoder and a decoder translate sentences.' },
  { id: 'p5', title: 'Message passing on graphs', abstract: 'Nodes of a graph exchange messages with neighbours.' },
  { id: 'p6', title: 'Stochastic gradient descent', abstract: 'Convergence of noisy gradient steps is shown.' },
];
const QUERIES = [
  { id: 'q1', text: 'sorting numbers fast' },
  { id: 'q2', paper: 'p1' },
];

const resultSchema = z.object({
  tables: z.object({
    models: z.array(z.object({ system: z.string(), folder: z.string(), sizeBytes: z.int(), space: z.string().length(16) })),
    sets: z.array(z.looseObject({ set: z.string(), system: z.string(), 'nDCG@10': z.number(), 'nDCG@10 low': z.number() })),
    bars: z.array(z.looseObject({ what: z.string(), met: z.string().nullable() })),
  }),
});

let dir: TempDir;
let messages: string;
let result: z.infer<typeof resultSchema>;

function run(script: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(ROOT, 'dist/bench/quality', script), ...args], (error, _, stderr) =>
      error === null ? resolve(stderr) : reject(new Error(stderr, { cause: error })),
    );
  });
}

const jsonLines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

beforeAll(async () => {
  dir = await tempDir();
  const [tiny, papers] = [join(dir.path, 'evals/tiny'), join(dir.path, 'papers.jsonl.gz')];
  await mkdir(tiny, { recursive: true });
  await writeFile(join(tiny, 'corpus.jsonl.gz'), gzipSync(jsonLines(PAPERS)));
  await writeFile(join(tiny, 'queries.jsonl'), jsonLines(QUERIES));
  await writeFile(join(tiny, 'qrels.tsv'), 'q1\tp3\t1\nq2\tp5\t2\n');
  await writeFile(papers, gzipSync(jsonLines(PAPERS)));
  // Our own model as the peer too: a comparison without a second model to be made, and every difference is 0.
  const models = ['--model', MODEL, '--peer', MODEL, '--fp32', join(dir.path, 'none'), '--peer-fp32', join(dir.path, 'none')];
  const data = ['--evals', dirname(tiny), '--papers', papers, '--cache', join(dir.path, 'cache')];
  const out = join(dir.path, 'results/quality.json');
  messages = await run('main.js', [...models, ...data, '--resamples', '50', '--out', out]);
  result = resultSchema.parse(JSON.parse(await readFile(out, 'utf8')));
});
afterAll(() => dir.remove());

it('ranks by every system whose model is there, and says how to make the others', () => {
  const systems = ['tfidf', 'bm25', 'minilm', 'ours', 'ours 256', 'ours 128', 'ours 64', 'hybrid'];
  for (const set of ['tiny', 'title-abstract-10k', 'mean of 2 sets']) {
    expect(result.tables.sets.filter((row) => row.set === set).map(({ system }) => system)).toEqual(systems);
  }
  for (const system of ['minilm fp32', 'ours fp32'])
    expect(messages).toMatch(new RegExp(`"${system}" is left out: .*models/train`));
});

it('finds what six papers make easy, with paired differences', () => {
  const of = (set: string, system: string) => result.tables.sets.find((row) => row.set === set && row.system === system);
  expect(of('tiny', 'ours')).toMatchObject({ queries: 2, 'MRR@10': 1, 'MRR@10 low': 1 });
  // The title is no part of the corpus, so a word that only the title has finds nothing.
  expect(of('title-abstract-10k', 'bm25')?.['MRR@10']).toBeLessThan(1);
  expect(of('title-abstract-10k', 'ours')?.['MRR@10']).toBeGreaterThan(0.8);
  expect(of('tiny', 'ours')).toMatchObject({ 'nDCG@10 minus minilm': 0, 'nDCG@10 minus minilm high': 0 });
  expect(of('tiny', 'minilm')).not.toHaveProperty('nDCG@10 minus minilm');
});

it('judges the bars that can be judged, and names models without this machine', () => {
  const met = Object.fromEntries(result.tables.bars.map((row) => [row.what, row.met]));
  expect(met).toMatchObject({ 'a title finds its abstract': 'no', 'claims, biomedicine': null, 'size of the model folder': 'yes' });
  expect(result.tables.models.map(({ system }) => system)).toEqual(['minilm', 'ours']);
  for (const { folder } of result.tables.models) expect(folder).toMatch(/^models\/[\w.-]+$/);
});

it('writes report and model card between their markers, and the plots', async () => {
  const docs = join(dir.path, 'docs');
  const card = join(dir.path, result.tables.models.at(-1)?.folder ?? '', 'README.md');
  await mkdir(docs);
  await mkdir(dirname(card), { recursive: true });
  await copyFile(join(ROOT, 'docs/quality.md'), join(docs, 'quality.md'));
  for (const name of ['quality-seeds.json', 'fusions.json', 'diversity.json', 'strategies.json']) {
    await copyFile(join(ROOT, 'bench/results', name), join(dir.path, 'results', name));
  }
  await writeFile(card, '# A model\n\n<!-- begin quality-summary -->\n<!-- end quality-summary -->\n');
  await run('report.js', ['--results', join(dir.path, 'results'), '--docs', docs, '--root', dir.path]);

  const report = await readFile(join(docs, 'quality.md'), 'utf8');
  expect(report).toContain('| a title finds its abstract | title-abstract-10k | MRR@10 |');
  expect(report).toContain('Not there to be measured: minilm fp32, ours fp32.');
  expect(report).toMatch(/<!-- begin hybrid -->.*\| tiny \| free text \|.*<!-- end hybrid -->/s);
  expect(report).toContain('## The weight of the title');
  expect(report).toMatch(/<!-- begin strategies -->.*\| mean, \.2 \| \..*<!-- end strategies -->/s);
  expect(await readFile(card, 'utf8')).toMatch(/# A model\n\n<!-- begin quality-summary -->\n\| set, queries.*tiny, 2 \|/s);
  const plot = await readFile(join(docs, 'images/quality.svg'), 'utf8');
  expect(plot.match(/<circle /g)).toHaveLength(4 + 3 * 4);
  expect(await readFile(join(docs, 'images/matryoshka.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
});
