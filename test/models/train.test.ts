// Covers models/train: every step on 2,000 real papers, an interrupted training, and what its folder is worth to the service.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSessionEmbedder } from '#dist/embed/session-embedder.js';
import { jsonOf, runCli } from '../support/cli.ts';
import { filesOf, startHub } from '../support/hub.ts';
import { type TempDir, tempDir } from '../support/seeded.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAPERS = join(ROOT, '../shared/data/papers-0.jsonl.gz');
const RECIPE = join(ROOT, 'models/train/recipes/smoke.toml');
const STEPS = 36;
/** The environment is made first where it is not there: PyTorch is about 3 GB. */
const INSTALL_MS = 900_000;
/** A quiet machine of two cores takes a third of it. */
const SMOKE_MS = 600_000;

const lossesSchema = z.object({
  step: z.int(),
  total: z.number(),
  cosine: z.number(),
  general: z.number(),
  contrastive: z.number(),
  ranking: z.number(),
});
const measuresSchema = z.tuple([z.number(), z.number(), z.number()]);
const evaluationSchema = z.record(z.enum(['fp32', 'int8']), z.record(z.string(), measuresSchema));

const dataIsThere = existsSync(PAPERS);
if (!dataIsThere) console.warn(`SKIPPED: training is not tested, there is no ${PAPERS}`);

function train(step: string, work: string, ...options: string[]): string {
  const where = ['--work', work, '--models', join(work, 'models'), '--compared', join(work, 'compared'), '--papers', PAPERS];
  return execFileSync('node', ['scripts/train.mjs', step, '--recipe', RECIPE, ...where, ...options], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function losses(work: string) {
  const lines = readFileSync(join(work, 'smoke/losses.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => lossesSchema.parse(JSON.parse(line)));
}

it('has its data where CI runs', () => {
  expect(dataIsThere || process.env['CI'] === undefined).toBe(true);
});

describe.skipIf(!dataIsThere)('a training on 2,000 papers', () => {
  let dir: TempDir;
  let work: string;
  beforeAll(async () => {
    dir = await tempDir();
    work = dir.path;
    execFileSync('node', ['scripts/train.mjs', '--help'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  }, INSTALL_MS);
  afterAll(() => dir.remove());

  it(
    'goes on where it was stopped, learns, and packs a model that the service opens',
    async () => {
      for (const step of ['prepare', 'tokenizer', 'general', 'teacher']) train(step, work);
      train('train', work, '--until', '6');
      expect(losses(work).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
      const before = losses(work);
      train('train', work);
      const all = losses(work);
      expect(all.slice(0, before.length)).toEqual(before);
      expect(all.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
      const mean = (rows: typeof all) => rows.reduce((sum, { total }) => sum + total, 0) / rows.length;
      expect(mean(all.slice(-6))).toBeLessThan(0.8 * mean(all.slice(0, 6)));

      for (const step of ['export', 'quantise']) train(step, work);
      train('evaluate', work, '--only', 'cacm-withabs', 'title-abstract');
      const { fp32, int8 } = evaluationSchema.parse(JSON.parse(readFileSync(join(work, 'smoke/evaluation.json'), 'utf8')));
      // 100 abstracts stand to choose from: a random order has .05.
      expect(fp32?.['title-abstract']?.[2]).toBeGreaterThan(0.5);
      expect(int8?.['title-abstract']?.[2]).toBeGreaterThan(0.5);
      expect(int8?.['cacm-withabs']?.[0]).toBeGreaterThan(0.1);

      train('package', work);
      expect(readFileSync(join(work, 'smoke/curves.svg'), 'utf8')).toMatch(/^<svg .*<polyline/s);
      for (const folder of ['models/smoke', 'compared/smoke-fp32']) {
        // Opening checks the manifest and the checksum of every file.
        const embedder = await openSessionEmbedder(join(work, folder));
        const { vectors } = await embedder.embed(
          ['graph neural networks for molecules', 'Molecular property prediction on graphs', 'a parser for medieval French verse'],
          { kind: 'passage' },
        );
        const row = (i: number) => vectors.subarray(i * embedder.model.dim, (i + 1) * embedder.model.dim);
        const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
        expect(dot(row(0), row(0))).toBeCloseTo(1, 5);
        expect(dot(row(0), row(1))).toBeGreaterThan(dot(row(0), row(2)));
      }
    },
    SMOKE_MS,
  );

  it(
    'makes all-MiniLM-L6-v2 of its Python package, which a hub serves, and the service pulls and uses',
    async () => {
      train('minilm', work);
      const id = 'sentence-transformers/all-MiniLM-L6-v2';
      const files = await filesOf(join(work, 'compared/all-MiniLM-L6-v2'));
      // A hub has no manifest of ours: everything in it is to be found out.
      files.delete('manifest.json');
      const hub = await startHub(id, files);
      const data = { dataDir: join(work, 'data-folder'), env: { HUB_URL: hub.url } };
      try {
        const pulled = await runCli(['--json', 'models', 'pull', id], data);
        expect(pulled.code, pulled.stderr).toBe(0);
        const traits = { dim: 384, maxTokens: 256, pooling: 'mean', precision: 'int8', queryPrefix: '', passagePrefix: '' };
        expect(jsonOf(pulled.stdout)).toMatchObject({ manifest: traits });
      } finally {
        await hub.close();
      }
      expect((await runCli(['models', 'use', id], data)).code).toBe(0);
      const papers = [
        { id: 'a', title: 'Sorting in linear time', abstract: 'Radix sort and its relatives.' },
        { id: 'b', title: 'Nurses and night shifts', abstract: 'Sleep of hospital staff over a year.' },
        { id: 'c', title: 'Message passing on molecules', abstract: 'Graph neural networks predict properties.' },
      ];
      const input = papers.map((paper) => JSON.stringify(paper)).join('\n');
      const imported = await runCli(['import', '-'], { ...data, input });
      expect(imported.code, imported.stderr).toBe(0);
      const found = await runCli(['--json', 'search', 'tired medical workers', '--mode', 'dense', '-k', '1'], data);
      expect(found.code, found.stderr).toBe(0);
      expect(jsonOf(found.stdout)).toMatchObject({ results: [{ paper: { id: 'b' } }] });
    },
    SMOKE_MS,
  );
});
