/** Vectors of real papers of the data folder, embedded once. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PACKAGE_ROOT } from '#dist/config.js';
import { fail } from './args.ts';
import { cachedVectors } from './cached-vectors.ts';
import { openPool } from './model.ts';
import { readPapers } from './papers.ts';
import { say } from './progress.ts';

const FILES = 6;

/**
 * @param options `data`: folder of papers-*.jsonl.gz, seen from the package; `most`: papers that are enough.
 * @returns `real`: row-major, of unit length; fewer rows where the folder holds fewer.
 */
export async function realVectors(options: {
  model: string;
  data: string;
  most: number;
}): Promise<{ dim: number; real: Float32Array }> {
  const folder = resolve(PACKAGE_ROOT, options.data);
  const files = Array.from({ length: FILES }, (_, i) => join(folder, `papers-${i}.jsonl.gz`)).filter((file) => existsSync(file));
  if (files.length === 0) fail(`${folder} holds no papers-*.jsonl.gz: --data names another folder`);
  const embedder = await openPool(options.model);
  try {
    const { dim } = embedder.model;
    const rows: Float32Array[] = [];
    for (const [i, file] of files.entries()) {
      if (rows.length >= options.most) break;
      const papers = await readPapers(file, options.most - rows.length);
      rows.push(...(await cachedVectors(`scale-${i}`, papers, { embedder })).values());
    }
    const real = new Float32Array(rows.length * dim);
    for (const [i, row] of rows.entries()) real.set(row, i * dim);
    say(`${rows.length} real papers`);
    return { dim, real };
  } finally {
    await embedder.close();
  }
}
