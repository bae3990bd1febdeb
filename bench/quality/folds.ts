/** How well versions of one work are folded: recall, precision on near misses and on a large corpus, and the time of a list. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { readEvalSet } from '#dist/evaluation/eval-set.js';
import type { Paper } from '#dist/paper.js';
import { type Candidate, createFolder } from '#dist/recommend/folds.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { count, fail, parseBenchArgs, seedOption } from '../lib/args.ts';
import { cachedVectors, rowMajor } from '../lib/cached-vectors.ts';
import { DEFAULT_MODEL, modelDirOf } from '../lib/model.ts';
import { type BenchPaper, readPapers } from '../lib/papers.ts';
import { endProgress, say, showProgress } from '../lib/progress.ts';
import { namedRandom, sample } from '../lib/random.ts';
import { writeResult } from '../lib/results.ts';
import { median, round } from '../lib/stats.ts';
import { printTable, type Row } from '../lib/table.ts';
import { candidatePairs } from './fold-pairs.ts';
import { ALL_AT_ONCE, VARIANTS } from './fold-variants.ts';
import { openModel } from './models.ts';
import { writeFoldsReport } from './report/write-report.ts';

const NEIGHBOURS = 10;
const LIST = 400;
/** Pairs drawn once (`--draw 100`) and read: two ids and `right`, `unclear` or `wrong` a line. */
const JUDGED = join(PACKAGE_ROOT, 'bench/quality/judged-folds.tsv');

const options = parseBenchArgs(
  'Recall and precision of folding the versions of one work, and what it costs a list of 400.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model that finds near misses'),
    evals: z.string().default('../shared/data/evals').describe('folder that holds the set "versions"; seen from the package'),
    papers: z.string().default('../shared/data').describe('folder of papers-0.jsonl.gz and so on; seen from the package'),
    files: count(6, 'files of papers that are searched for folds'),
    near: count(3_000, 'papers whose ten nearest are near misses'),
    draw: z.coerce.number().int().min(0).default(0).describe('print so many folded pairs, drawn at random, to be judged'),
    cache: z.string().optional().describe('folder of the cached vectors instead of index/bench'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/folds.json'),
  }),
);

const paperOf = ({ authors = [], venue = null, publishedAt = null, url = null, ...paper }: BenchPaper): Paper => ({
  ...{ authorCount: null, categories: [], source: null, version: null, ...{ authors, venue, publishedAt, url } },
  ...{ id: paper.id, title: paper.title, abstract: paper.abstract },
});
const foldVersions = createFolder();
const candidate = (paper: Paper): Candidate => {
  const { id, publishedAt } = paper;
  return { id, paper: { id, publishedAt, json: Buffer.from(JSON.stringify(paper)) } };
};
const areFolded = (a: Paper, b: Paper) => foldVersions([a, b].map(candidate)).length === 1;
const pairRow = (what: string, pairs: readonly (readonly [Paper, Paper])[]): Row => {
  const folded = pairs.filter(([a, b]) => areFolded(a, b)).length;
  return { what, pairs: pairs.length, folded, share: round(folded / pairs.length, 4) };
};

/** The set's queries are abstracts: the other version has the same title, as the set was made; nobody's authors are known. */
async function versionPairs(dir: string): Promise<[Paper, Paper][]> {
  const { corpus, queries } = await readEvalSet(dir);
  const byId = new Map(corpus.map((paper) => [paper.id, paperOf(paper)]));
  return queries.flatMap((query) =>
    [...query.judgements.keys()].flatMap((id): [Paper, Paper][] => {
      const paper = byId.get(id);
      return paper === undefined || !('text' in query) ? [] : [[paper, { ...paper, id: query.id, abstract: query.text }]];
    }),
  );
}

function variantRows(papers: readonly Paper[]): Row[] {
  return Object.entries({ ...VARIANTS, 'subtitle, sentence, names and spelling': ALL_AT_ONCE }).map(([kind, variant]) => {
    const pairs = papers.map((paper) => [paper, { ...paper, ...variant(paper), id: `variant:${paper.id}` }] as const);
    return pairRow(
      kind,
      pairs.filter(([a, b]) => JSON.stringify({ ...a, id: b.id }) !== JSON.stringify(b)),
    );
  });
}

/** Each paper with its ten nearest, each pair once. */
async function nearPairs(papers: readonly BenchPaper[]): Promise<[Paper, Paper][]> {
  const { embedder } = await openModel('ours', await modelDirOf(options.model));
  try {
    const vectors = await cachedVectors('folds-near', papers, { embedder, dir: options.cache });
    const index = new ExactIndex(embedder.model.dim, { capacity: vectors.size });
    await index.upsert([...vectors.keys()], rowMajor(vectors, embedder.model.dim));
    const byId = new Map(papers.map((paper) => [paper.id, paperOf(paper)]));
    const pairs = new Map<string, [Paper, Paper]>();
    for (const [i, paper] of papers.entries()) {
      showProgress(`near misses: ${i} of ${papers.length}`);
      const [nearest = []] = await index.search([paper.id], { k: NEIGHBOURS });
      for (const { id } of nearest) {
        const [a, b] = [paper.id, id].sort().map((one) => byId.get(one));
        if (a !== undefined && b !== undefined) pairs.set(`${a.id} ${b.id}`, [a, b]);
      }
    }
    endProgress();
    return [...pairs.values()];
  } finally {
    await embedder.close();
  }
}

async function judgements(): Promise<Map<string, string>> {
  if (!existsSync(JUDGED)) return new Map();
  const lines = (await readFile(JUDGED, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => line.split('\t')).map(([a = '', b = '', word = '']) => [[a, b].sort().join(' '), word]));
}

/** Wall time of single lists of papers that are read for the first time, once the code is compiled; beside other work the fastest is nearest to the work itself. */
function costRow(what: string, lists: readonly Paper[][]): Row {
  const times: number[] = [];
  for (let run = 0; run < 400; run++) {
    const start = performance.now();
    foldVersions((lists[run % lists.length] ?? []).map(candidate));
    if (run >= 100) times.push(performance.now() - start);
  }
  return { what, lists: lists.length, 'fastest, ms': round(Math.min(...times), 2), 'median, ms': round(median(times), 2) };
}

const folder = resolve(PACKAGE_ROOT, options.papers);
const files = Array.from({ length: options.files }, (_, i) => join(folder, `papers-${i}.jsonl.gz`));
const missing = [...files, join(resolve(PACKAGE_ROOT, options.evals), 'versions')].find((file) => !existsSync(file));
if (missing !== undefined) fail(`there is no ${missing} (--papers and --evals name other folders)`);

const corpus: BenchPaper[] = [];
for (const file of files) corpus.push(...(await readPapers(file)));
const papers = corpus.map(paperOf);
say(`${papers.length} papers`);

const recall = [
  pairRow(
    'versions: one title, two sources, authors not known',
    await versionPairs(join(resolve(PACKAGE_ROOT, options.evals), 'versions')),
  ),
];
const whole = papers.slice(0, 4_000).filter(({ abstract, authors }) => abstract.length >= 300 && authors.length > 0);
const variants = variantRows(whole.slice(0, 2_000));
const cost = [
  costRow(
    `${LIST} random papers`,
    Array.from({ length: 10 }, (_, i) => papers.slice(i * LIST, (i + 1) * LIST)),
  ),
  costRow(`${LIST} papers of one subject`, [papers.filter(({ title }) => /reinforcement/i.test(title)).slice(0, LIST)]),
];
const near = await nearPairs(corpus.slice(0, options.near));
const nearFolded = near.filter(([a, b]) => areFolded(a, b));
const candidates = candidatePairs(papers);
const folded = candidates.filter(([a, b]) => areFolded(a, b));
const judged = await judgements();
const verdict = (pairs: readonly (readonly [Paper, Paper])[], word: string) =>
  pairs.filter(([a, b]) => judged.get([a.id, b.id].sort().join(' ')) === word).length;
const precisionRow = (what: string, pairs: number, of: readonly (readonly [Paper, Paper])[]): Row => ({
  ...{ what, pairs, folded: of.length, right: verdict(of, 'right'), unclear: verdict(of, 'unclear'), wrong: verdict(of, 'wrong') },
});
const precision = [
  precisionRow(`ten nearest by vector of ${options.near} papers`, near.length, nearFolded),
  precisionRow(`pairs of ${papers.length} papers with a like title or abstract`, candidates.length, folded),
];
for (const [a, b] of [...nearFolded, ...sample(folded, options.draw, namedRandom(options.seed, 'draw'))].slice(0, options.draw)) {
  process.stdout.write(`${JSON.stringify([a, b])}\n`);
}
const tables = { recall, variants, precision, cost };
for (const [name, rows] of Object.entries(tables)) printTable(name, rows);
const notes = [
  'Right, unclear and wrong: 100 folded pairs drawn at random (`bench/quality/judged-folds.tsv`), judged by whoever made the rule, not blind: by titles and authors, by how abstracts begin where they differ much, and by whole abstracts where in doubt.',
  'The corpus was rid of equal titles when it was made: what is folded in it is retitled, and the hard part. Thresholds were chosen on its first 100,000 papers.',
  'A variant has an id of another source. Versions: the title of a query is that of its judged paper, as the set was made.',
  'Times are of a warm process at the lowest priority beside other work: the fastest list is nearest to the work itself.',
];
await writeResult('folds', { seed: options.seed, parameters: options, tables, notes }, options.out);
if (options.out === undefined) await writeFoldsReport();
