/** The three ways to ask: free text, papers like one paper, papers like some and unlike others. */
import type { Embedder } from '../embed/embedder.ts';
import { AppError } from '../errors.ts';
import { type PaperId, readRecord } from '../paper.ts';
import type { PaperFilter } from '../paper-filter.ts';
import type { WatchedStore } from '../papers/paper-store.ts';
import { filterOfQuery, parseQuery } from '../query-text.ts';
import { type IndexQuery, KEPT, type VectorIndex } from '../vectors/vector-index.ts';
import type { Answer, Contribution, Hit, Plan } from './answer.ts';
import { centredSeeds } from './centred-seeds.ts';
import { type Asked, type AskedSeed, createExplainer } from './explain.ts';
import { fuseInBlocks } from './fusion.ts';
import { createLister, DEPTHS, FIRST_DEPTH, type ListOptions, type ListPage, type Ranked, type RankTo } from './list.ts';
import type { LiveRecall } from './live-recall.ts';
import { createNearest, FROM_KEPT, type NearestPlan } from './nearest.ts';
import { createPaperVectors } from './paper-vectors.ts';
import { createQueryReader } from './query-reader.ts';
import type { ReadingWarning } from './reading-warnings.ts';
import { resolveSeeds, type SeedLists } from './resolve-seeds.ts';
import { rankBySeeds } from './seed-ranking.ts';
import { seedVector } from './seed-vector.ts';
import { type Stopwatch, stopwatch } from './stopwatch.ts';
import type { Why } from './why.ts';
import { type WhyNot, whyNot } from './why-not.ts';

export type SearchMode = 'hybrid' | 'dense' | 'lexical';

export interface RecommenderParts {
  store: WatchedStore;
  index: VectorIndex;
  embedder: Embedder;
  recall: LiveRecall;
}

export interface AskOptions extends ListOptions {
  /** Say of each hit why it is there. */
  explain?: boolean | undefined;
  filter?: PaperFilter | undefined;
  /** Texts are embedded even where they were lately. */
  anew?: boolean | undefined;
}

export interface RecommendRequest extends SeedLists {
  /** What to do where a seed's id is unknown. */
  onMissing: 'error' | 'skip';
}

export interface Recommender {
  /**
   * @param query as `parseQuery` reads it.
   * @throws AppError `invalid_input` when it only excludes, `overloaded`, `canceled`.
   */
  search(query: string, options: AskOptions & { mode: SearchMode }): Promise<Answer>;
  /** Why a paper is not among the results of `search`, as the first page of it. @throws AppError as `search`. */
  searchWhyNot(query: string, id: PaperId, options: AskOptions & { mode: SearchMode }): Promise<WhyNot>;
  /** The same for `similar`. @throws AppError as `similar`. */
  similarWhyNot(id: PaperId, other: PaperId, options: AskOptions): Promise<WhyNot>;
  /** The paper itself is never among the results. One that is stored but not in the index yet is read anew. @throws AppError `paper_not_found`. */
  similar(id: PaperId, options: AskOptions): Promise<Answer>;
  /** Unknown seeds are reported. @throws AppError `paper_not_found` when no liked seed is known, or one is not and `onMissing` is `error`. */
  recommend(request: RecommendRequest, options: AskOptions): Promise<Answer>;
}

type Scored = Ranked & { contributions?: Contribution[] };
type WithoutCount = Omit<Plan, 'candidates'>;

const LEXICAL: WithoutCount = { strategy: 'lexical', efSearch: null, nearest: null };

/** Six decimals: vectors of int8 models carry no more. */
function round(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}

function planned(strategy: Plan['strategy'], { efSearch, method, matches, why }: NearestPlan): WithoutCount {
  return { strategy, efSearch, nearest: { method, matches, why } };
}

export function createRecommender({ store, index, embedder, recall }: RecommenderParts): Recommender {
  const nearestWithin = createNearest({ store, index, recall });
  const list = createLister({ store, index });
  const explainer = createExplainer({ store, index, embedder });
  const read = createQueryReader(embedder);
  const vectorsOf = createPaperVectors({ store, index, embedder });
  const { dim, maxTokens } = embedder.model;
  const space = { id: embedder.space, dim };

  /** @param asked what the hits are explained with; called where that is asked for. */
  async function answer(
    { hits, more, plan, candidates }: ListPage<Scored, WithoutCount>,
    { offset, explain, signal }: AskOptions,
    asked: () => Promise<Asked & { places?: readonly number[] }>,
    { clock, ...rest }: Pick<Answer, 'seeds' | 'warnings'> & { clock: Stopwatch },
  ): Promise<Answer> {
    const whys = explain === true && hits.length > 0 ? await clock.explain(async () => explained(await asked())) : [];
    const results = hits.map(({ score, paper, versions, freshness, ranked }, i): Hit => {
      const hit: Hit = { rank: offset + i + 1, score: round(score), paper, versions };
      const { contributions } = ranked;
      if (contributions !== undefined) {
        hit.contributions = contributions.map((one) => ({ ...one, score: round(one.score * freshness) }));
      }
      const why = whys[i];
      if (why !== undefined) hit.why = why;
      return hit;
    });
    return {
      results,
      more,
      plan: { strategy: plan.strategy, efSearch: plan.efSearch, candidates, nearest: plan.nearest },
      tookMs: clock.read(),
      ...rest,
    };

    /** `places`: where the seeds stand in the request, where some of it has no vector. */
    async function explained({ places, ...question }: Asked & { places?: readonly number[] }): Promise<Why[]> {
      const papers = hits.map(({ paper }) => readRecord(paper));
      const found = await explainer.explainHits(question, papers, { signal });
      return found.map(({ match, terms }) => ({
        match:
          match === null ? null : { ...match, asked: { ...match.asked, seed: places?.[match.asked.seed] ?? match.asked.seed } },
        terms,
      }));
    }
  }

  /** What a query asks for: a ranking to any depth, and what the model made of the text; undefined where it is not asked. */
  function searched(query: string, { mode, filter: asked, signal, anew }: AskOptions & { mode: SearchMode }, clock: Stopwatch) {
    const parsed = parseQuery(query);
    const { text } = parsed;
    if (text === '') {
      const message = 'says only what is to be left out: add what you look for';
      throw new AppError('invalid_input', `q ${message}`, { issues: [{ path: 'q', message }] });
    }
    const filters = [filterOfQuery(parsed), asked].filter((one) => one !== undefined);
    const filter = filters.length > 1 ? { and: filters } : filters[0];
    const lexicalTo = (depth: number) => store.lexicalSearch(text, depth, filter);
    if (mode === 'lexical') {
      const rankTo: RankTo<Scored, WithoutCount> = async (depth) => {
        const ranked = await lexicalTo(depth);
        return { ranked, complete: ranked.length < depth, plan: LEXICAL };
      };
      return { text, filter, rankTo, reading: undefined };
    }
    const reading = clock.embed(() => read([text], { signal, anew }));
    const nearest = nearestWithin(filter);
    const rankTo: RankTo<Scored, WithoutCount> = async (depth) => {
      // The lexical search runs while the query is embedded.
      const [lexical, { ranking: dense, plan }] = await Promise.all([
        mode === 'dense' ? [] : lexicalTo(depth),
        reading.then(({ vectors: [vector = new Float32Array(0)] }) => nearest(vector, { depth })),
      ]);
      const complete = dense.length < depth && lexical.length < depth;
      if (mode === 'dense') return { ranked: dense, complete, plan: planned(mode, plan) };
      const ends = DEPTHS.filter((end) => end <= depth);
      const ranked = clock.fuse(() => {
        // A title that was typed as it is, is the paper that is meant.
        const titled = new Set(lexical.slice(0, ends[0]).flatMap(({ id, titled }) => (titled ? [id] : [])));
        const fused = fuseInBlocks(dense, lexical, ends).filter(({ id }) => !titled.has(id));
        const first = [...titled].map((id) => ({ id, score: 1 }));
        return [...first, ...fused];
      });
      return { ranked, complete, plan: planned(mode, plan) };
    };
    return { text, filter, rankTo, reading };
  }

  /** @returns the page, and what stands for the paper: its id, or its vector where it is not in the index yet. */
  async function similarPage(
    id: PaperId,
    options: AskOptions,
  ): Promise<{ page: ListPage<Scored, WithoutCount>; query: IndexQuery }> {
    const { filter, diversity, recency, sort } = options;
    const nearest = nearestWithin(filter);
    const isPlain = filter === undefined && diversity === 0 && recency === null && sort === 'score';
    const pageOf = async (query: IndexQuery) => {
      const kept = isPlain && query === id;
      const rankTo: RankTo<Scored, WithoutCount> = async (depth) => {
        const ready = kept && depth <= KEPT ? await index.neighbours(id, depth) : undefined;
        if (ready !== undefined) return { ranked: ready, complete: ready.length < depth, plan: planned('dense', FROM_KEPT) };
        const least = Math.max(depth, FIRST_DEPTH);
        // It may come into the index meanwhile.
        const { ranking, plan } = await nearest(query, { depth: least, exclude: query === id ? [] : [id] });
        return { ranked: ranking, complete: ranking.length < least, plan: planned('dense', plan) };
      };
      return { page: await list(rankTo, options, { seeds: [id], kept }), query };
    };
    return pageOf(id).catch(async (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'paper_not_found') throw error;
      const [vector] = await vectorsOf([id], options);
      if (vector === undefined) throw error;
      return pageOf(vector);
    });
  }

  return {
    async search(query, options) {
      const clock = stopwatch();
      const { rankTo, reading, text } = searched(query, options, clock);
      const page = await list(rankTo, options);
      const asked = async () => {
        const { vectors } = (await reading) ?? (await clock.embed(() => read([text], options)));
        const vector = vectors[0] ?? new Float32Array(dim);
        return { vector, seeds: [{ vector, text }] };
      };
      return answer(page, options, asked, { clock, warnings: (await reading)?.warnings ?? [] });
    },

    async searchWhyNot(query, id, options) {
      const { rankTo, reading, text, filter } = searched(query, options, stopwatch());
      const page = await list(rankTo, options);
      const vector = (await reading)?.vectors[0] ?? null;
      const asked = { id, query: vector, text: options.mode === 'dense' ? null : text, filter, seeds: [], options, page };
      return whyNot({ store, index, space, maxTokens }, asked);
    },

    async similar(id, options) {
      const clock = stopwatch();
      const { page, query } = await similarPage(id, options);
      const seeds = { used: [id], missing: [], folded: page.folded };
      const asked = async () => {
        const known = typeof query === 'string' ? index.vectors([id]) : [query];
        const [[vector = new Float32Array(dim)], [paper]] = await Promise.all([known, store.get([id])]);
        return { vector, seeds: paper === undefined ? [] : [{ vector, paper }] };
      };
      return answer(page, options, asked, { clock, seeds, warnings: [] });
    },

    async similarWhyNot(id, other, options) {
      const { page, query } = await similarPage(id, options);
      const asked = { id: other, query, text: null, filter: options.filter, seeds: [id], options, page };
      return whyNot({ store, index, space, maxTokens }, asked);
    },

    async recommend({ like, dislike, onMissing }, options) {
      const { filter, signal, anew } = options;
      const clock = stopwatch();
      let warnings: ReadingWarning[] = [];
      const { seeds, report } = await resolveSeeds(
        { like, dislike },
        {
          vectorsOf: (ids) => vectorsOf(ids, { signal }),
          async embed(texts) {
            const found = await clock.embed(() => read(texts, { signal, anew }));
            warnings = found.warnings;
            return found.vectors;
          },
        },
      );
      const missing = report.missing.map((id) => `"${id}"`).join(', ');
      if (missing !== '' && onMissing === 'error') {
        throw new AppError('paper_not_found', `not stored: ${missing}; "onMissing": "skip" does without them`);
      }
      if (!seeds.some(({ liked }) => liked)) {
        throw new AppError('paper_not_found', `none of the liked papers is known: ${missing}`);
      }
      const nearest = nearestWithin(filter);
      const centred = seeds.filter(({ liked }) => liked).length === 1 ? seeds : centredSeeds(seeds, await index.centre());
      const rankTo: RankTo<Scored, WithoutCount> = async (depth) => {
        const { ranking, complete, plan } = await rankBySeeds({ nearest, index }, centred, { depth, dim, exclude: report.used });
        const ranked = ranking.map(({ id, score, parts }): Scored => {
          const contributions = seeds.map((seed, i): Contribution => {
            const { list, index: place, id: seedId } = seed;
            const score = parts[i] ?? 0;
            return seedId === undefined ? { list, index: place, score } : { list, index: place, id: seedId, score };
          });
          return { id, score, contributions };
        });
        return { ranked, complete, plan: planned('dense', plan) };
      };
      const page = await list(rankTo, options, { seeds: report.used });
      const asked = async () => {
        const likes = seeds.filter(({ liked }) => liked);
        const papers = await store.get(likes.map(({ id }) => id ?? ''));
        const known = likes.flatMap(({ vector, weight, index: place }, i) => {
          const [seed, paper] = [like[place], papers[i]];
          const words = paper !== undefined ? { paper } : seed !== undefined && 'text' in seed ? { text: seed.text } : undefined;
          return words === undefined ? [] : [{ place, seed: { vector, weight, ...words } satisfies AskedSeed }];
        });
        const vector = seedVector(centred, dim) ?? known[0]?.seed.vector ?? new Float32Array(dim);
        return { vector, seeds: known.map(({ seed }) => seed), places: known.map(({ place }) => place) };
      };
      return answer(page, options, asked, { clock, seeds: { ...report, folded: page.folded }, warnings });
    },
  };
}
