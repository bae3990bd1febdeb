/** Writes what the result files say into the documents: tables between their markers, and the plots. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { writeFileDurably } from '#dist/durable-files.js';
import { hasBlock, replaceBlock } from '../../lib/markers.ts';
import { say } from '../../lib/progress.ts';
import { RESULTS_DIR } from '../../lib/results.ts';
import { MODEL_SYSTEMS } from '../models.ts';
import { explainTables } from './explain-tables.ts';
import { plotLengths, plotSets } from './plots.ts';
import {
  barTable,
  diversityTable,
  foldTables,
  modelTable,
  partTable,
  seedPagesTable,
  setTables,
  strategyCaseTable,
  strategyGroupTable,
  summaryTable,
  waysTable,
} from './tables.ts';

const rowsSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));
const headSchema = z.object({ machineLine: z.string(), seed: z.int(), notes: z.array(z.string()) });
const qualitySchema = headSchema.extend({ tables: z.object({ models: rowsSchema, sets: rowsSchema, bars: rowsSchema }) });
const hybridSchema = headSchema.extend({ tables: z.object({ sets: rowsSchema }) });
const seedPagesSchema = headSchema.extend({ tables: z.object({ pages: rowsSchema }) });
const diversitySchema = headSchema.extend({ tables: z.object({ steps: rowsSchema }) });
const waysSchema = headSchema.extend({ tables: z.object({ ways: rowsSchema }) });

const foldsSchema = headSchema.extend({
  tables: z.object({ recall: rowsSchema, variants: rowsSchema, precision: rowsSchema, cost: rowsSchema }),
});
const explainSchema = headSchema.extend({ tables: z.object({ faithfulness: rowsSchema, times: rowsSchema }) });

const strategiesSchema = headSchema.extend({
  tables: z.object({ models: rowsSchema, groups: rowsSchema, cases: rowsSchema }),
});

type Quality = z.infer<typeof qualitySchema>;

export interface ReportFiles {
  /** Folder of the result files. Default `bench/results`. */
  results?: string | undefined;
  /** Folder of `quality.md`, and of its `images/`. Default `docs`. */
  docs?: string | undefined;
  /** Folder that the result file's model folders are seen from. Default the package. */
  root?: string | undefined;
}

/** `quality.json` into `quality.md`, the plots, and the card of our model where it has the markers. */
export async function writeQualityReport({ results = RESULTS_DIR, docs = DOCS, root = PACKAGE_ROOT }: ReportFiles = {}) {
  const quality = await readResult(join(results, 'quality.json'), qualitySchema);
  const { models, sets, bars } = quality.tables;
  const dimOf = (system: string) =>
    z
      .int()
      .optional()
      .parse(models.find((row) => row['system'] === system)?.['dim']);
  await mkdir(join(docs, 'images'), { recursive: true });
  await writeFileDurably(join(docs, 'images/quality.svg'), plotSets(sets));
  const dims = { ours: dimOf('ours') ?? 0, minilm: dimOf('minilm') };
  await writeFileDurably(join(docs, 'images/matryoshka.svg'), plotLengths(sets, dims));
  await writeBlocks(join(docs, 'quality.md'), { quality: qualityBlock(quality) });

  const folder = models.find((row) => row['system'] === 'ours')?.['folder'];
  const blocks = { 'quality-summary': summaryBlock(quality), 'quality-bars': `${barTable(bars)}\n\n${BARS_NOTE}` };
  await writeBlocks(join(root, String(folder), 'README.md'), blocks);
}

/** `hybrid.json` into `quality.md`. */
export async function writeHybridReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { machineLine, seed, tables } = await readResult(join(results, 'hybrid.json'), hybridSchema);
  await writeBlocks(join(docs, 'quality.md'), { hybrid: `${machineLine}; seed ${seed}.\n\n${partTable(tables.sets)}` });
}

/** `quality-seeds.json` into `quality.md`. */
export async function writeSeedPagesReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { tables } = await readResult(join(results, 'quality-seeds.json'), seedPagesSchema);
  await writeBlocks(join(docs, 'quality.md'), { 'quality-seeds': seedPagesTable(tables.pages) });
}

/** `fusions.json` into `quality.md`. */
export async function writeFusionsReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { tables } = await readResult(join(results, 'fusions.json'), waysSchema);
  await writeBlocks(join(docs, 'quality.md'), { fusions: waysTable(tables.ways, 'rrf 60') });
}

/** `documents.json` into `quality.md`. */
export async function writeDocumentsReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { tables } = await readResult(join(results, 'documents.json'), waysSchema);
  await writeBlocks(join(docs, 'quality.md'), { documents: waysTable(tables.ways, 'together') });
}

/** `diversity.json` into `quality.md`. */
export async function writeDiversityReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { tables } = await readResult(join(results, 'diversity.json'), diversitySchema);
  await writeBlocks(join(docs, 'quality.md'), { diversity: diversityTable(tables.steps) });
}

/** `folds.json` into `quality.md`. */
export async function writeFoldsReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { machineLine, notes, seed, tables } = await readResult(join(results, 'folds.json'), foldsSchema);
  const head = `${machineLine}; seed ${seed}.`;
  await writeBlocks(join(docs, 'quality.md'), {
    folds: [head, ...foldTables(tables), notes.map((note) => `- ${note}`).join('\n')].join('\n\n'),
  });
}

/** `explain.json` into `quality.md`. */
export async function writeExplainReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { machineLine, seed, notes, tables } = await readResult(join(results, 'explain.json'), explainSchema);
  const block = `${machineLine}; seed ${seed}.\n\n${explainTables(tables)}\n\n${notes.map((note) => `- ${note}`).join('\n')}`;
  await writeBlocks(join(docs, 'quality.md'), { explain: block });
}

/** Of the strategies, those whose differences are shown by set and case; every one is in the result file. */
const SHOWN_BY_CASE = ['mean, .2', 'best, .2', 'soft .3, .2', 'linear, SVM', 'soft .3, .2, less spread corpus'];

/** `strategies.json` into `quality.md`. */
export async function writeStrategiesReport({ results = RESULTS_DIR, docs = DOCS }: ReportFiles = {}) {
  const { machineLine, seed, notes, tables } = await readResult(join(results, 'strategies.json'), strategiesSchema);
  const block = `${machineLine}; seed ${seed}. Model: ${tables.models.map(({ name, space }) => `${name}, space \`${space}\``).join()}.

${strategyGroupTable(tables.groups)}

<details><summary>By set and case</summary>

${strategyCaseTable(tables.cases, SHOWN_BY_CASE)}

</details>

${notes.map((note) => `- ${note}`).join('\n')}`;
  await writeBlocks(join(docs, 'quality.md'), { strategies: block });
}

const DOCS = join(PACKAGE_ROOT, 'docs');

const BARS_NOTE =
  'A bar is met by the mean; "not sure": the interval of the difference reaches over the bar. Queries of sets with a + are pooled.';

function summaryBlock({ tables: { sets, models } }: Quality): string {
  const nameOf = (system: string) => models.find((row) => row['system'] === system)?.['name'] ?? 'not measured';
  return `${summaryTable(sets)}

minilm: ${nameOf('minilm')}, int8. ours: ${nameOf('ours')}, int8. hybrid: ours and bm25 fused by their scores.
In brackets the bootstrap 95 % interval over queries; a star: the paired interval of the difference leaves 0 out.`;
}

function qualityBlock(quality: Quality): string {
  const { models, sets, bars } = quality.tables;
  const missing = MODEL_SYSTEMS.filter((system) => !models.some((row) => row['system'] === system));
  return `${quality.machineLine}; seed ${quality.seed}.${missing.length === 0 ? '' : ` Not there to be measured: ${missing.join(', ')}.`}

![nDCG@10 by set, of bm25, minilm, ours and hybrid, with intervals](images/quality.svg)

${summaryBlock(quality)}

### Bars

${barTable(bars)}

${BARS_NOTE}

### Shorter vectors

![Mean nDCG@10 against the length of the vectors](images/matryoshka.svg)

The int8 vectors of our model cut to their first 256, 128 or 64 numbers and made unit length again; the axis does not begin at 0.

### The models

${modelTable(models)}

### Every system on every set

<details><summary>nDCG@10, recall@20 and MRR@10, and differences to minilm and bm25</summary>

${setTables(sets)}

</details>

${quality.notes.map((note) => `- ${note}`).join('\n')}`;
}

async function readResult<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} is not of this bench: run it again. ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
}

/** A document without a block keeps its own words there. */
async function writeBlocks(file: string, blocks: Record<string, string>): Promise<void> {
  if (!existsSync(file)) {
    say(`${file} is not there to be written into`);
    return;
  }
  let text = await readFile(file, 'utf8');
  for (const [name, content] of Object.entries(blocks)) {
    if (hasBlock(text, name)) text = replaceBlock(text, name, content);
    else say(`${file}: has no block "${name}", left as it is`);
  }
  await writeFileDurably(file, text);
}
