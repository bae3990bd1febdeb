/** Do papers that one saved page shows together find each other? The pages are the only judgement that the seeds have. */
import type { Embedder } from '#dist/embed/embedder.js';
import type { PaperId } from '#dist/paper.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { readSeedPages, readSeedPapers } from '../lib/papers.ts';
import { namedRandom } from '../lib/random.ts';
import { mean, round } from '../lib/stats.ts';
import type { Row } from '../lib/table.ts';
import { openVectorStore, rowMajor } from '../lib/vector-store.ts';
import { intervalOf, resampleMeans } from './bootstrap.ts';
import { intervalCells } from './measures.ts';
import { expectedReciprocalRank, type Judgements, precisionAtK, reciprocalRankAtK } from './metrics.ts';

const K = 10;
const SEED_SYSTEMS = ['dense', 'bm25'] as const;
type Rankings = Record<(typeof SEED_SYSTEMS)[number], PaperId[]>;

/** All other seed papers, ranked by each system. */
interface Ranked {
  id: PaperId;
  rankings: Rankings;
}

/** Rows by page, and over all pages together, where two papers belong together when any page shows both. */
export async function evaluateSeedPages(
  embedder: Embedder,
  { resamples, seed }: { resamples: number; seed: number },
): Promise<Row[]> {
  const pagesOf = await readSeedPages();
  const ranked = await rankAll(embedder);
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
  return SEED_SYSTEMS.map((system) => {
    const ranks = judged.map(({ rankings, judgements }) => reciprocalRankAtK(rankings[system], judgements));
    const precisions = judged.map(({ rankings, judgements }) => precisionAtK(rankings[system], judgements, K));
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

async function rankAll(embedder: Embedder): Promise<Ranked[]> {
  const papers = await readSeedPapers();
  const { store, vectors, space } = await openVectorStore('quality-seeds', papers, { embedder, nothingElse: true });
  const exact = new ExactIndex(space.dim, { capacity: papers.length });
  await exact.upsert([...vectors.keys()], rowMajor(vectors, space.dim));
  const ranked: Ranked[] = [];
  for (const { id, title, abstract } of papers) {
    const [dense = []] = await exact.search([id], { k: papers.length });
    const bm25 = await store.lexicalSearch(`${title} ${abstract}`, papers.length);
    const ids = (ranking: readonly { id: PaperId }[]) => ranking.map((hit) => hit.id).filter((other) => other !== id);
    ranked.push({ id, rankings: { dense: ids(dense), bm25: ids(bm25) } });
  }
  await store.close();
  await exact.close();
  return ranked;
}
