/** From a ranking to the results asked for: one work one hit, newer first, more diverse, a page of it. */
import { AppError, throwIfGivenUp } from '../errors.ts';
import type { Paper, PaperId } from '../paper.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import { byScore, type VectorIndex } from '../vectors/vector-index.ts';
import { diversify } from './diversify.ts';
import { type Fold, foldVersions } from './folds.ts';
import { recencyFactor } from './recency.ts';

export interface Ranked {
  id: PaperId;
  /** Higher is better. */
  score: number;
}

/** The best so many of a ranking, at least where there are as many. */
export interface Ranking<R extends Ranked, Plan> {
  ranked: readonly R[];
  /** True when asking for more brings no more. */
  complete: boolean;
  plan: Plan;
}

export type RankTo<R extends Ranked, Plan> = (depth: number) => Promise<Ranking<R, Plan>>;

export interface ListOptions {
  /** Results wanted, 1 or more; fewer come only when there are fewer. */
  k: number;
  /** Results before them. */
  offset: number;
  /** Versions of one work as one hit. */
  fold: boolean;
  /** 0 to 1; 0 leaves the order as it is. */
  diversity: number;
  /** Half-life in days; null: a date counts for nothing. */
  recency: number | null;
  sort: 'score' | 'date';
  /** Hits below it are left out; null: none. */
  minScore: number | null;
  /** Nothing more is looked for when it has fired. */
  signal?: AbortSignal | undefined;
}

/** A hit and the versions of the same work behind it; what its ranking said of it is kept. */
export type Listed<R extends Ranked> = R &
  Pick<Fold, 'paper' | 'versions'> & {
    /** What recency left of the score, in (0, 1]; 1 where a date counts for nothing. */
    freshness: number;
  };

export interface ListPage<R extends Ranked, Plan> {
  /** The page, best first. */
  hits: Listed<R>[];
  /** True when a hit follows. */
  more: boolean;
  /** Papers left out because they are versions of what was asked with, as far as they came up. */
  folded: PaperId[];
  plan: Plan;
  /** Papers that were ranked. */
  candidates: number;
}

export interface ListParts {
  store: Pick<PaperStore, 'get'>;
  index: Pick<VectorIndex, 'vectors'>;
}

/** What is ordered by date, or by score and date, are the best so many works; the rest follow as ranked. */
const DATED = 400;
/** What diversity chooses from. */
const DIVERSE = 100;
/** Versions expected among the first results. */
const SLACK = 10;
/**
 * Depths to which a ranking is asked for, as far as needed. What a deeper one adds follows what a shallower one gave, so that a page
 * begins where the one before ended, whatever an approximate search finds when it looks further.
 */
export const DEPTHS = [100, 400, 1_600, 6_400, 25_600];

export function createLister({ store, index }: ListParts) {
  /** Looks the papers up; one that was removed meanwhile is left out. */
  async function lookUp<R extends Ranked>(ranked: readonly R[]): Promise<(R & { paper: Paper })[]> {
    const papers = await store.get(ranked.map(({ id }) => id));
    return ranked.flatMap((one, i) => {
      const paper = papers[i];
      return paper === undefined ? [] : [{ ...one, paper }];
    });
  }

  async function arrange<R extends Ranked>(listed: Listed<R>[], options: ListOptions): Promise<Listed<R>[]> {
    const { recency, sort, diversity, offset, k } = options;
    let arranged = listed;
    if (recency !== null || sort === 'date') {
      const dated = recency === null ? arranged.slice(0, DATED) : aged(arranged.slice(0, DATED), recency);
      dated.sort(sort === 'date' ? byDate : byScore);
      arranged = [...dated, ...arranged.slice(DATED)];
    }
    if (diversity === 0) return arranged;
    const [chosen, rest] = [arranged.slice(0, DIVERSE), arranged.slice(DIVERSE)];
    const vectors = await index.vectors(chosen.map(({ id }) => id));
    const known = chosen.map(({ score }, i) => ({ score, vector: vectors[i] ?? new Float32Array(0) }));
    return [...diversify(known, diversity, offset + k).flatMap((place) => chosen[place] ?? []), ...rest];
  }

  /** @param seeds what was asked with: no version of these is a hit where versions are folded. */
  return async function list<R extends Ranked, Plan>(
    rankTo: RankTo<R, Plan>,
    options: ListOptions,
    seeds: readonly PaperId[] = [],
  ): Promise<ListPage<R, Plan>> {
    const { k, offset, fold, diversity, recency, sort, minScore } = options;
    const reordered = recency !== null || sort === 'date' ? DATED : diversity > 0 ? DIVERSE : 0;
    // One more tells whether a page follows.
    const wanted = Math.max(offset + k + 1, reordered);
    const ranking = new Map<PaperId, R>();
    const looked: (R & { paper: Paper })[] = [];
    const asking = fold ? lookUp(seeds.map((id) => ({ id, score: Number.POSITIVE_INFINITY }))) : [];
    let taken = 0;
    for (const [i, depth] of DEPTHS.entries()) {
      throwIfGivenUp(options.signal);
      const [{ ranked, complete, plan }, asked] = await Promise.all([rankTo(depth), asking]);
      for (const one of ranked) if (!ranking.has(one.id)) ranking.set(one.id, one);
      const all = [...ranking.values()];
      let listed: Listed<R>[] = [];
      let folded: PaperId[] = [];
      do {
        // No more papers than needed: their texts are what takes the time.
        const next = all.slice(taken, Math.max(wanted + SLACK, 2 * taken));
        taken += next.length;
        throwIfGivenUp(options.signal);
        looked.push(...(await lookUp(next)));
        if (fold) ({ listed, folded } = foldRanked(looked, asked));
        else listed = looked.map((one) => ({ ...one, versions: [], freshness: 1 }));
      } while (listed.length < wanted && taken < all.length);
      if (listed.length < wanted && !complete && i < DEPTHS.length - 1) continue;
      const arranged = await arrange(listed, options);
      const kept = minScore === null ? arranged : arranged.filter(({ score }) => score >= minScore);
      return { hits: kept.slice(offset, offset + k), more: kept.length > offset + k, folded, plan, candidates: all.length };
    }
    throw new AppError('internal', 'there is no depth to rank to');
  };
}

/** One hit a work: what its ranking said is that of its best version, whichever stands for it. */
function foldRanked<R extends Ranked>(
  looked: readonly (R & { paper: Paper })[],
  asked: readonly (Ranked & { paper: Paper })[],
): { listed: Listed<R>[]; folded: PaperId[] } {
  const places = new Map(looked.map(({ id }, place) => [id, place]));
  const seeds = new Set(asked.map(({ id }) => id));
  const listed: Listed<R>[] = [];
  const folded: PaperId[] = [];
  for (const { id, paper, versions } of foldVersions([...asked, ...looked])) {
    const all = [id, ...versions];
    if (all.some((version) => seeds.has(version))) {
      folded.push(...all.filter((version) => !seeds.has(version)));
      continue;
    }
    const best = looked[Math.min(...all.map((version) => places.get(version) ?? 0))];
    if (best !== undefined) listed.push({ ...best, id, paper, versions, freshness: 1 });
  }
  return { listed, folded };
}

/** Scores by age; a paper without a date is as old as the oldest. */
function aged<R extends Ranked>(hits: readonly Listed<R>[], recency: number): Listed<R>[] {
  const now = Date.now();
  const factors = hits.map(({ paper: { publishedAt } }) =>
    publishedAt === null ? null : recencyFactor(publishedAt, recency, now),
  );
  const least = Math.min(1, ...factors.filter((factor) => factor !== null));
  return hits.map((hit, i) => {
    const freshness = factors[i] ?? least;
    return { ...hit, score: hit.score * freshness, freshness };
  });
}

/** Newest first, undated last; the better one first on one day. */
function byDate(a: Listed<Ranked>, b: Listed<Ranked>): number {
  const [left, right] = [a.paper.publishedAt ?? '', b.paper.publishedAt ?? ''];
  return left === right ? byScore(a, b) : left < right ? 1 : -1;
}
