/** From a ranking to the results asked for: one work one hit, newer first, more diverse, a page of it. */
import { AppError, throwIfGivenUp } from '../errors.ts';
import type { PaperId, PaperRecord } from '../paper.ts';
import type { WatchedStore } from '../papers/paper-store.ts';
import { byScore, KEPT, type VectorIndex } from '../vectors/vector-index.ts';
import { diversify } from './diversify.ts';
import { createFolder } from './folds.ts';
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

/** A hit and the versions of the same work behind it. */
export interface Listed<R extends Ranked> {
  id: PaperId;
  score: number;
  paper: PaperRecord;
  /** Other versions of the same work, best first. */
  versions: PaperId[];
  /** What recency left of the score, in (0, 1]; 1 where a date counts for nothing. */
  freshness: number;
  /** What the ranking said of the best version. */
  ranked: R;
}

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
  store: Pick<WatchedStore, 'records'> & Partial<Pick<WatchedStore, 'turn'>>;
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
export const FIRST_DEPTH = 100;
export const DEPTHS = [FIRST_DEPTH, 400, 1_600, 6_400, 25_600];

export function createLister({ store, index }: ListParts) {
  const foldVersions = createFolder();
  /** The store's turn at which every paper of a ranking was a work of its own, no version of what was asked with. */
  const unfolded = new WeakMap<readonly Ranked[], number>();

  /** Looks the papers up; one that was removed meanwhile is left out. */
  async function lookUp<R extends Ranked>(ranked: readonly R[]): Promise<Listed<R>[]> {
    const papers = await store.records(ranked.map(({ id }) => id));
    const found: Listed<R>[] = [];
    for (const [i, one] of ranked.entries()) {
      const paper = papers[i];
      if (paper !== undefined) found.push({ id: one.id, score: one.score, paper, versions: [], freshness: 1, ranked: one });
    }
    return found;
  }

  /** One hit a work: what its ranking said is that of its best version, whichever stands for it. */
  function foldRanked<R extends Ranked>(
    looked: readonly Listed<R>[],
    asked: readonly Listed<Ranked>[],
  ): { listed: Listed<R>[]; folded: PaperId[] } {
    const candidates = [...asked, ...looked];
    const folds = foldVersions(candidates);
    if (folds.length === candidates.length) return { listed: looked.slice(), folded: [] };
    const seeds = new Set(asked.map(({ id }) => id));
    const byId = new Map(looked.map((one) => [one.id, one]));
    const listed: Listed<R>[] = [];
    const folded: PaperId[] = [];
    for (const { chosen, best, versions } of folds) {
      const all = [chosen.id, ...versions];
      if (all.some((version) => seeds.has(version))) {
        folded.push(...all.filter((version) => !seeds.has(version)));
        continue;
      }
      const [one, first] = [byId.get(chosen.id), byId.get(best.id)];
      if (one !== undefined && first !== undefined) listed.push({ ...first, id: one.id, paper: one.paper, versions });
    }
    return { listed, folded };
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

  /**
   * @param seeds what was asked with: no version of these is a hit where versions are folded.
   * @param kept the ranking is kept ready as far as `KEPT`: no more is asked for than may do.
   */
  return async function list<R extends Ranked, Plan>(
    rankTo: RankTo<R, Plan>,
    options: ListOptions,
    { seeds = [], kept = false }: { seeds?: readonly PaperId[]; kept?: boolean } = {},
  ): Promise<ListPage<R, Plan>> {
    const { k, offset, fold, diversity, recency, sort, minScore } = options;
    const reordered = recency !== null || sort === 'date' ? DATED : diversity > 0 ? DIVERSE : 0;
    // One more tells whether a page follows.
    const wanted = Math.max(offset + k + 1, reordered);
    const looksAt = wanted + SLACK;
    const depths = kept ? [Math.min(KEPT, looksAt), ...DEPTHS] : DEPTHS;
    const all: R[] = [];
    const looked: Listed<R>[] = [];
    const ask = () => lookUp(seeds.map((id): Ranked => ({ id, score: Number.POSITIVE_INFINITY })));
    let asked: Listed<Ranked>[] | undefined;
    let taken = 0;
    for (const [i, depth] of depths.entries()) {
      throwIfGivenUp(options.signal);
      let ranking: Ranking<R, Plan>;
      [ranking, asked] = await Promise.all([rankTo(depth), asked ?? (fold && !kept ? ask() : undefined)]);
      const { ranked, complete, plan } = ranking;
      const { turn } = store;
      if (kept && turn !== undefined && unfolded.get(ranked) === turn) {
        const left = atLeast(ranked, minScore);
        const hits = await lookUp(left.slice(offset, offset + k));
        // Else a paper has changed meanwhile, and may be a version of another now.
        if (store.turn === turn) return { hits, more: left.length > offset + k, folded: [], plan, candidates: ranked.length };
      }
      append(all, ranked);
      // What is kept begins every page, and is enough for the first ones.
      if (kept && depth < looksAt && i === 0 && !complete) continue;
      if (fold) asked ??= await ask();
      let listed = looked;
      let folded: PaperId[] = [];
      do {
        // No more papers than needed: their texts are what takes the time.
        const next = all.slice(taken, Math.max(looksAt, 2 * taken));
        taken += next.length;
        throwIfGivenUp(options.signal);
        looked.push(...(await lookUp(next)));
        if (asked !== undefined) ({ listed, folded } = foldRanked(looked, asked));
      } while (listed.length < wanted && taken < all.length);
      if (listed.length < wanted && !complete && i < depths.length - 1) continue;
      const isUnfolded = fold && listed.length === ranked.length;
      if (kept && isUnfolded && turn !== undefined && store.turn === turn) unfolded.set(ranked, turn);
      const left = atLeast(await arrange(listed, options), minScore);
      return { hits: left.slice(offset, offset + k), more: left.length > offset + k, folded, plan, candidates: all.length };
    }
    throw new AppError('internal', 'there is no depth to rank to');
  };
}

function atLeast<S extends { score: number }>(hits: readonly S[], minScore: number | null): readonly S[] {
  return minScore === null ? hits : hits.filter(({ score }) => score >= minScore);
}

/** What of a ranking is not there yet. */
function append<R extends Ranked>(all: R[], ranked: readonly R[]): void {
  if (all.length === 0) {
    all.push(...ranked);
    return;
  }
  const known = new Set(all.map(({ id }) => id));
  all.push(...ranked.filter(({ id }) => !known.has(id)));
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
