/** The three ways to ask: free text, papers like one paper, papers like some and unlike others. */
import type { Embedder } from '../embed/embedder.ts';
import { AppError } from '../errors.ts';
import type { PaperId } from '../paper.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';
import type { Answer, Hit, Plan } from './answer.ts';
import { reciprocalRankFusion } from './fusion.ts';
import { readingWarnings } from './reading-warnings.ts';
import { type Seed, type SeedWeight, seedVector } from './seed-vector.ts';
import { stopwatch } from './stopwatch.ts';

export type SearchMode = 'hybrid' | 'dense' | 'lexical';

export interface RecommenderParts {
  store: PaperStore;
  index: VectorIndex;
  embedder: Embedder;
  efSearch: number;
}

export interface AskOptions {
  /** Results wanted, 1 or more; fewer come only when fewer papers match. */
  k: number;
  signal?: AbortSignal | undefined;
}

export interface RecommendRequest {
  like: readonly Seed[];
  dislike: readonly Seed[];
}

export interface Recommender {
  /** @throws AppError `overloaded`, `canceled`. */
  search(query: string, options: AskOptions & { mode: SearchMode }): Promise<Answer>;
  /** The paper itself is never among the results. @throws AppError `paper_not_found`. */
  similar(id: PaperId, options: AskOptions): Promise<Answer>;
  /** Unknown seeds are reported. @throws AppError `paper_not_found` when no liked seed is known. */
  recommend(request: RecommendRequest, options: AskOptions): Promise<Answer>;
}

/** Each ranking gives this many candidates to the fusion, so that a paper both put further down can still rise. */
const FUSION_DEPTH = 100;

/** Six decimals: vectors of int8 models carry no more. */
function round(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}

export function createRecommender({ store, index, embedder, efSearch }: RecommenderParts): Recommender {
  /** Looks the papers up; one that was removed meanwhile is left out. */
  async function hits(ranking: readonly { id: PaperId; score: number }[], k: number): Promise<Hit[]> {
    const cut = ranking.slice(0, k);
    const papers = await store.get(cut.map(({ id }) => id));
    const found: Hit[] = [];
    for (const [i, paper] of papers.entries()) {
      if (paper !== undefined) found.push({ rank: found.length + 1, score: round(cut[i]?.score ?? 0), paper });
    }
    return found;
  }

  /** One row of `vectors` for each text, and what could not be read well of any. */
  async function read(texts: readonly string[], signal: AbortSignal | undefined) {
    const { vectors, tokenCounts, unknownCounts, truncated } = await embedder.embed(texts, { kind: 'query', signal });
    const { maxTokens } = embedder.model;
    const warnings = texts.flatMap((text, i) =>
      readingWarnings(text, {
        tokens: tokenCounts[i] ?? 0,
        unknown: unknownCounts[i] ?? 0,
        truncated: truncated[i] ?? false,
        maxTokens,
      }),
    );
    return { vectors, warnings };
  }

  const densePlan = (candidates: number): Plan => ({ strategy: 'dense', efSearch, candidates });

  return {
    async search(query, { k, mode, signal }) {
      const clock = stopwatch();
      const depth = Math.max(k, FUSION_DEPTH);
      // The lexical search runs while the query is embedded.
      const lexicalRanking = mode === 'dense' ? [] : store.lexicalSearch(query, mode === 'lexical' ? k : depth);
      if (mode === 'lexical') {
        const ranking = await lexicalRanking;
        const results = await hits(ranking, k);
        return {
          results,
          plan: { strategy: mode, efSearch: null, candidates: ranking.length },
          tookMs: clock.read(),
          warnings: [],
        };
      }
      const [{ vectors, warnings }, lexical] = await Promise.all([clock.embed(read([query], signal)), lexicalRanking]);
      const [dense = []] = await index.search([vectors], { k: mode === 'dense' ? k : depth, efSearch });
      const ranking = mode === 'dense' ? dense : reciprocalRankFusion([dense, lexical]);
      const results = await hits(ranking, k);
      return { results, plan: { strategy: mode, efSearch, candidates: ranking.length }, tookMs: clock.read(), warnings };
    },

    async similar(id, { k }) {
      const clock = stopwatch();
      const [ranking = []] = await index.search([id], { k, efSearch }).catch(async (error: unknown) => {
        const known = error instanceof AppError && error.code === 'paper_not_found' && (await store.get([id]))[0];
        throw known ? new AppError('not_ready', `paper "${id}" is stored but not indexed yet`, { retryAfterS: 1 }) : error;
      });
      return { results: await hits(ranking, k), plan: densePlan(ranking.length), tookMs: clock.read(), warnings: [] };
    },

    async recommend({ like, dislike }, { k, signal }) {
      const clock = stopwatch();
      const seeds: SeedWeight[] = [
        ...like.map((seed) => ({ seed, sign: 1 as const })),
        ...dislike.map((seed) => ({ seed, sign: -1 as const })),
      ];
      const ids = seeds.flatMap(({ seed }) => ('id' in seed ? [seed.id] : []));
      const texts = seeds.flatMap(({ seed }) => ('text' in seed ? [seed.text] : []));
      const embedded = texts.length === 0 ? undefined : clock.embed(read(texts, signal));
      const [stored, fresh] = await Promise.all([index.vectors(ids), embedded]);
      const byId = new Map(ids.map((id, i) => [id, stored[i]]));
      const byText = new Map(
        texts.map((text, i) => [text, fresh?.vectors.subarray(i * embedder.model.dim, (i + 1) * embedder.model.dim)]),
      );
      const vectorOf = (seed: Seed) => ('id' in seed ? byId.get(seed.id) : byText.get(seed.text));

      const report = {
        used: [...new Set(ids.filter((id) => byId.get(id) !== undefined))],
        missing: [...new Set(ids.filter((id) => byId.get(id) === undefined))],
      };
      const vector = seedVector(seeds, vectorOf, embedder.model.dim);
      if (vector === undefined) {
        throw new AppError(
          'paper_not_found',
          `none of the liked papers is known: ${report.missing.map((id) => `"${id}"`).join(', ')}`,
        );
      }
      const [ranking = []] = await index.search([vector], { k, efSearch, exclude: report.used });
      const results = await hits(ranking, k);
      return {
        results,
        plan: densePlan(ranking.length),
        tookMs: clock.read(),
        seeds: report,
        warnings: fresh?.warnings ?? [],
      };
    },
  };
}
