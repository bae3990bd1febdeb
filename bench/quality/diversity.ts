/** What diversity costs and brings: nDCG@10 and the likeness of the ten results to each other, by step, over the evaluation sets. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import { ndcgAtK } from '#dist/evaluation/metrics.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { diversify } from '#dist/recommend/diversify.js';
import { fuse } from '#dist/recommend/fusion.js';
import type { Ranked } from '#dist/recommend/list.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { count, parseBenchArgs, seedOption } from '../lib/args.ts';
import { rowMajor } from '../lib/cached-vectors.ts';
import { DEFAULT_MODEL, modelDirOf } from '../lib/model.ts';
import { namedRandom } from '../lib/random.ts';
import { writeResult } from '../lib/results.ts';
import { mean } from '../lib/stats.ts';
import { printTable, type Row } from '../lib/table.ts';
import { difference, intervalOf, meanOfSets, type Resampled, resampleMeans } from './bootstrap.ts';
import { intervalCells, showDifference, showInterval } from './measures.ts';
import { openModel } from './models.ts';
import { writeDiversityReport } from './report/write-report.ts';
import { DEPTH, vectorsOf } from './systems.ts';

const K = 10;
const STEPS = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9];

const options = parseBenchArgs(
  'nDCG@10 and the mean cosine of all pairs of the ten results, by diversity.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    evals: z.string().default('../shared/data/evals').describe('folder of evaluation folders; seen from the package'),
    cache: z.string().optional().describe('folder of the cached vectors instead of index/bench'),
    resamples: count(1_000, 'bootstrap resamples'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/diversity.json'),
  }),
);

/** By step, for each query: nDCG@10, and how alike the ten are. */
async function valuesOf(set: EvalSet): Promise<{ ndcg: number[][]; alike: number[][] }> {
  const model = await openModel('ours', await modelDirOf(options.model));
  const { dim, corpus, queries } = await vectorsOf(set, model, options.cache);
  await model.embedder.close();
  const index = new ExactIndex(dim, { capacity: corpus.size });
  await index.upsert([...corpus.keys()], rowMajor(corpus, dim));
  const store = new SqlitePaperStore(':memory:');
  await store.upsert(set.corpus, 'replace');
  const ndcg = STEPS.map((): number[] => []);
  const alike = STEPS.map((): number[] => []);
  for (const query of set.queries) {
    const ranked = await rank(query);
    const candidates = ranked.map(({ id, score }) => ({ score, vector: corpus.get(id) ?? new Float32Array(0) }));
    for (const [i, step] of STEPS.entries()) {
      const top = diversify(candidates, step, K)
        .slice(0, K)
        .flatMap((place) => ranked[place] ?? []);
      ndcg[i]?.push(
        ndcgAtK(
          top.map(({ id }) => id),
          query.judgements,
          K,
        ),
      );
      alike[i]?.push(likeness(top.flatMap(({ id }) => corpus.get(id) ?? [])));
    }
  }
  await Promise.all([store.close(), index.close()]);
  return { ndcg, alike };

  /** As the service does: free text by both, a paper by meaning alone. */
  async function rank(query: EvalSet['queries'][number]): Promise<Ranked[]> {
    const asked = 'paper' in query ? query.paper.id : (queries.get(query.id) ?? new Float32Array(dim));
    const [dense = []] = await index.search([asked], { k: DEPTH });
    if ('paper' in query) return dense;
    return fuse(dense, await store.lexicalSearch(query.text, DEPTH)).slice(0, DEPTH);
  }
}

/** Mean cosine of all pairs. */
function likeness(vectors: readonly Float32Array[]): number {
  const cosines = vectors.flatMap((a, i) => vectors.slice(i + 1).map((b) => a.reduce((sum, x, d) => sum + x * (b[d] ?? 0), 0)));
  return cosines.length === 0 ? 0 : mean(cosines);
}

const dir = resolve(PACKAGE_ROOT, options.evals);
const bySet: { ndcg: Resampled[]; alike: Resampled[] }[] = [];
for (const name of await listEvalSets(dir)) {
  if (name === 'versions') continue;
  const { ndcg, alike } = await valuesOf(await readEvalSet(join(dir, name)));
  const random = namedRandom(options.seed, name);
  const all = resampleMeans([...ndcg, ...alike], options.resamples, random);
  bySet.push({ ndcg: all.slice(0, STEPS.length), alike: all.slice(STEPS.length) });
}
const over = (what: 'ndcg' | 'alike', step: number) => meanOfSets(bySet.flatMap((set) => set[what][step] ?? []));
const rows = STEPS.map((diversity, i) => {
  const [ndcg, alike] = [over('ndcg', i), over('alike', i)];
  const [lost, fallen] = [difference(ndcg, over('ndcg', 0)), difference(alike, over('alike', 0))].map(intervalOf);
  const cells: Row = {
    diversity,
    ...intervalCells('nDCG@10', intervalOf(ndcg)),
    ...(lost !== undefined && intervalCells('nDCG@10 minus 0', lost)),
    ...intervalCells('likeness', intervalOf(alike)),
    ...(fallen !== undefined && intervalCells('likeness minus 0', fallen)),
  };
  const printed: Row = {
    diversity,
    'nDCG@10': showInterval(intervalOf(ndcg)),
    'nDCG@10 - at 0': lost === undefined ? '' : showDifference(lost),
    likeness: showInterval(intervalOf(alike)),
    'likeness - at 0': fallen === undefined ? '' : showDifference(fallen),
  };
  return { cells, printed };
});
printTable(
  `Over ${bySet.length} sets`,
  rows.map(({ printed }) => printed),
);
const notes = [
  'likeness: mean cosine of all pairs of the ten results; every set counts the same; intervals are bootstrap 95 % over queries.',
];
await writeResult(
  'diversity',
  { seed: options.seed, parameters: options, tables: { steps: rows.map(({ cells }) => cells) }, notes },
  options.out,
);
if (options.out === undefined) await writeDiversityReport();
