/**
 * The nearest papers, among all or within a filter: the planner. Few matches are scanned exactly; of many, enough are among the
 * nearest of all, which the graph finds. Either way as many as were asked for come while there are as many.
 */
import type { PaperId } from '../paper.ts';
import type { PaperFilter } from '../paper-filter.ts';
import type { PaperStore, Selection } from '../papers/paper-store.ts';
import type { IndexQuery, Neighbour, VectorIndex } from '../vectors/vector-index.ts';
import type { LiveRecall } from './live-recall.ts';

/** How the nearest were found. */
export interface NearestPlan {
  /** `kept`: read from what is kept of each paper; `graph`: nothing to filter; `scan`: all that match, exactly; `overfetch`: the nearest of all, of which those that match. */
  method: 'kept' | 'graph' | 'scan' | 'overfetch';
  /** Null where no graph was searched. */
  efSearch: number | null;
  /** Papers that match the filter; null where there is none or they were not all counted. */
  matches: number | null;
  /** In words. */
  why: string;
}

export interface NearestOptions {
  /** Papers wanted; fewer come only when fewer match. */
  depth: number;
  exclude?: readonly PaperId[];
}

export interface Nearest {
  ranking: Neighbour[];
  plan: NearestPlan;
}

export interface NearestParts {
  store: Pick<PaperStore, 'select' | 'matching'>;
  index: VectorIndex;
  /** Says the search width of the graph, and learns what it found. */
  recall: Pick<LiveRecall, 'efSearch' | 'observe'>;
  /** Matches that are scanned at most while the graph may do. */
  scanned?: number;
}

/** How the nearest were found of a paper that is asked about as it is. */
export const FROM_KEPT: NearestPlan = {
  method: 'kept',
  efSearch: null,
  matches: null,
  why: 'no filter: the nearest of this paper are kept ready',
};

/** A scan of so many takes about as long as the graph takes to find enough of more. */
const SCANNED = 10_000;
/** More candidates than this cost more than a scan of all that match. */
const FETCHED = 6_000;
/** The first net is so many times as wide as what is wanted. */
const FIRST_NET = 4;

/** @throws AppError as `VectorIndex.search`. */
export type FindNearest = (query: IndexQuery, options: NearestOptions) => Promise<Nearest>;

/** For one request, all papers or those of a filter: what matches is looked up once, however many queries and depths are asked for. */
export type NearestWithin = (filter: PaperFilter | undefined) => FindNearest;

export function createNearest({ store, index, recall, scanned = SCANNED }: NearestParts): NearestWithin {
  async function scan(query: IndexQuery, { depth, exclude = [] }: NearestOptions, among: readonly PaperId[], why: string) {
    const [ranking = []] = await index.search([query], { k: depth, exclude, among });
    return { ranking, plan: { method: 'scan' as const, efSearch: null, matches: among.length, why } };
  }

  return (filter) => {
    let selected: Promise<Selection> | undefined;
    return async (query, options) => {
      const { depth, exclude = [] } = options;
      const width = recall.efSearch;
      if (filter === undefined) {
        const [ranking = []] = await index.search([query], { k: depth, efSearch: width, exclude });
        recall.observe(query, exclude, ranking);
        return {
          ranking,
          plan: { method: 'graph', efSearch: width, matches: null, why: 'no filter: the graph finds the nearest' },
        };
      }
      selected ??= store.select(filter, { limit: scanned });
      const { ids, complete } = await selected;
      if (complete) return scan(query, options, ids, `only ${ids.length} papers match: all of them were compared`);

      let net = FIRST_NET * depth;
      while (net <= FETCHED) {
        const [fetched = []] = await index.search([query], { k: net, efSearch: Math.max(width, net), exclude });
        const matching = new Set(
          await store.matching(
            filter,
            fetched.map(({ id }) => id),
          ),
        );
        const ranking = fetched.filter(({ id }) => matching.has(id));
        if (ranking.length >= depth || fetched.length < net) {
          const why = `more than ${scanned} papers match: ${matching.size} of the nearest ${fetched.length} do`;
          return {
            ranking: ranking.slice(0, depth),
            plan: { method: 'overfetch', efSearch: Math.max(width, net), matches: null, why },
          };
        }
        net *= Math.max(2, Math.ceil((1.5 * depth) / Math.max(1, ranking.length)));
      }
      const all = await store.select(filter, { limit: Number.MAX_SAFE_INTEGER });
      return scan(
        query,
        options,
        all.ids,
        `${all.ids.length} papers match but few of those near the query: all of them were compared`,
      );
    };
  };
}
