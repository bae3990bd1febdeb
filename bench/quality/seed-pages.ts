/** Do papers that one saved page shows together find each other? The pages are the only judgement that the seeds have. */

import { expectedReciprocalRank, type Judgements, precisionAtK, reciprocalRankAtK } from '#dist/evaluation/metrics.js';
import type { PaperId } from '#dist/paper.js';
import { cachedVectors } from '../lib/cached-vectors.ts';
import { readSeedPages, readSeedPapers } from '../lib/papers.ts';
import { namedRandom } from '../lib/random.ts';
import { mean, round } from '../lib/stats.ts';
import type { Row } from '../lib/table.ts';
import { intervalOf, resampleMeans } from './bootstrap.ts';
import { type DenseRanker, denseRanker } from './dense.ts';
import { lexicalRanker } from './lexical.ts';
import { intervalCells } from './measures.ts';
import type { BenchModel } from './models.ts';

const K = 10;
/** In the order of the rows; a model that is not there has none. */
const SEED_SYSTEMS = ['bm25', 'minilm', 'ours'] as const;
type SeedSystem = (typeof SEED_SYSTEMS)[number];

/** All other seed papers, ranked by each system. */
interface Ranked {
  id: PaperId;
  rankings: ReadonlyMap<SeedSystem, PaperId[]>;
}

/** Rows by page, and over all pages together, where two papers belong together when any page shows both. */
export async function evaluateSeedPages(
  models: readonly BenchModel[],
  { resamples, seed, cache }: { resamples: number; seed: number; cache?: string | undefined },
): Promise<Row[]> {
  const pagesOf = await readSeedPages();
  const ranked = await rankAll(models, cache);
  const pages = [...new Set([...pagesOf.values()].flatMap((pages) => [...pages]))].sort();
  const onPage = (page: string) => (id: PaperId) => pagesOf.get(id)?.has(page) === true;
  const sharesPage = (a: PaperId, b: PaperId) => [...(pagesOf.get(a) ?? [])].some((page) => pagesOf.get(b)?.has(page) === true);
  const report = (label: string, members: readonly Ranked[], together: (a: PaperId, b: PaperId) => boolean) =>
    reportRows(label, members, ranked, { together, resamples, seed });
  return [
    ...pages.flatMap((page) =>
      report(
        page,
        ranked.filter(({ id }) => onPage(page)(id)),
        (_, other) => onPage(page)(other),
      ),
    ),
    ...report('all pages', ranked, sharesPage),
  ];
}

interface ReportOptions {
  together: (a: PaperId, b: PaperId) => boolean;
  resamples: number;
  seed: number;
}

function reportRows(label: string, members: readonly Ranked[], all: readonly Ranked[], options: ReportOptions): Row[] {
  const judged = members
    .map((member) => ({ ...member, judgements: judge(member.id, all, options.together) }))
    .filter(({ judgements }) => judgements.size > 0);
  const others = all.length - 1;
  const randomRank = mean(judged.map(({ judgements }) => expectedReciprocalRank(others, judgements.size)));
  const randomPrecision = mean(judged.map(({ judgements }) => judgements.size / others));
  return SEED_SYSTEMS.filter((system) => all[0]?.rankings.has(system)).map((system) => {
    const ranks = judged.map(({ rankings, judgements }) => reciprocalRankAtK(rankings.get(system) ?? [], judgements));
    const precisions = judged.map(({ rankings, judgements }) => precisionAtK(rankings.get(system) ?? [], judgements, K));
    const [mrr, precision] = resampleMeans([ranks, precisions], options.resamples, namedRandom(options.seed, label)).map(
      intervalOf,
    );
    return {
      page: label,
      papers: judged.length,
      system,
      ...(mrr === undefined ? {} : intervalCells('MRR', mrr)),
      'MRR, random order': round(randomRank, 4),
      ...(precision === undefined ? {} : intervalCells(`P@${K}`, precision)),
      [`P@${K}, random order`]: round(randomPrecision, 4),
    };
  });
}

function judge(id: PaperId, all: readonly Ranked[], together: ReportOptions['together']): Judgements {
  return new Map(all.filter((other) => other.id !== id && together(id, other.id)).map((other) => [other.id, 1]));
}

async function rankAll(models: readonly BenchModel[], dir: string | undefined): Promise<Ranked[]> {
  const papers = await readSeedPapers();
  const dense: [SeedSystem, DenseRanker][] = [];
  for (const { system, embedder } of models) {
    if (system !== 'minilm' && system !== 'ours') continue;
    const corpus = await cachedVectors('quality-seeds', papers, { embedder, dir });
    dense.push([system, await denseRanker({ dim: embedder.model.dim, corpus, queries: new Map() })]);
  }
  const lexical = await lexicalRanker(papers);
  const ranked: Ranked[] = [];
  for (const paper of papers) {
    const query = { id: paper.id, paper, judgements: new Map() };
    const ids = (ranking: readonly { id: PaperId }[]) => ranking.map(({ id }) => id);
    const rankings = new Map<SeedSystem, PaperId[]>([['bm25', ids((await lexical.rank(query, papers.length)).bm25)]]);
    for (const [system, ranker] of dense) rankings.set(system, ids(await ranker.rank(query, papers.length)));
    ranked.push({ id: paper.id, rankings });
  }
  await lexical.close();
  return ranked;
}
