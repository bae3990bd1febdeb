/** The systems that are compared, built from the product's own parts. */
import { createHash } from 'node:crypto';
import type { Embedder } from '#dist/embed/embedder.js';
import type { EvalSet } from '#dist/evaluation/eval-set.js';
import type { PaperId } from '#dist/paper.js';
import { fuse } from '#dist/recommend/fusion.js';
import type { Ranked } from '#dist/recommend/list.js';
import { cachedVectors } from '../lib/cached-vectors.ts';
import { cutVectors, type DenseRanker, denseRanker, type SetVectors } from './dense.ts';
import { LEXICAL_SYSTEMS, lexicalRanker } from './lexical.ts';
import { type BenchModel, MODEL_SYSTEMS } from './models.ts';

/** Lengths that our int8 vectors are cut to, beside their whole length. */
const CUTS = [256, 128, 64] as const;
const CUT_SYSTEMS = CUTS.map((length) => `ours ${length}` as const);

/** In the order of the tables. */
export const SYSTEMS = [...LEXICAL_SYSTEMS, ...MODEL_SYSTEMS, ...CUT_SYSTEMS, 'hybrid'] as const;
export type System = (typeof SYSTEMS)[number];

/** Papers a ranking holds; as many go into the fusion in `src/recommend/recommender.ts`. */
export const DEPTH = 100;

export interface Rankers {
  /** Ids of at most `DEPTH` papers by system, best first; a query paper is not among them. */
  rank(query: EvalSet['queries'][number]): Promise<Map<System, PaperId[]>>;
  close(): Promise<void>;
}

/** The systems that `models` allow, in the order of the tables. */
export function systemsOf(models: readonly BenchModel[]): System[] {
  const dim = models.find(({ system }) => system === 'ours')?.embedder.model.dim ?? 0;
  const cut = CUTS.filter((length) => length < dim).map((length): System => `ours ${length}`);
  const there: System[] = [...LEXICAL_SYSTEMS, ...models.map(({ system }) => system), ...cut, 'hybrid'];
  return SYSTEMS.filter((system) => there.includes(system));
}

/** Embeds corpus and queries where `<cache>/quality-*.db` does not hold them yet. */
export async function openRankers(set: EvalSet, models: readonly BenchModel[], cache?: string): Promise<Rankers> {
  const dense = new Map<System, DenseRanker>();
  for (const model of models) {
    const vectors = await vectorsOf(set, model, cache);
    dense.set(model.system, await denseRanker(vectors));
    if (model.system !== 'ours') continue;
    for (const length of CUTS) {
      if (length < vectors.dim) dense.set(`ours ${length}`, await denseRanker(cutVectors(vectors, length)));
    }
  }
  const lexical = await lexicalRanker(set.corpus);
  return {
    async rank(query) {
      const byWords = await lexical.rank(query, DEPTH);
      const rankings = new Map<System, readonly Ranked[]>([
        ['tfidf', byWords.tfidf],
        ['bm25', byWords.bm25],
      ]);
      for (const [system, ranker] of dense) rankings.set(system, await ranker.rank(query, DEPTH));
      rankings.set('hybrid', fuse(rankings.get('ours') ?? [], byWords.bm25).slice(0, DEPTH));
      return new Map([...rankings].map(([system, ranking]) => [system, ranking.map(({ id }) => id)]));
    },
    close: () => lexical.close(),
  };
}

/** Of corpus and queries, cached. */
export async function vectorsOf(
  { name, corpus, queries }: EvalSet,
  { embedder }: Pick<BenchModel, 'embedder'>,
  dir?: string,
): Promise<SetVectors> {
  const texts = queries.flatMap((query) => ('text' in query ? [{ id: query.id, title: query.text, abstract: '' }] : []));
  return {
    dim: embedder.model.dim,
    corpus: await corpusVectors(corpus, embedder, dir),
    queries: await cachedVectors(`quality-${name}-queries`, texts, { embedder, kind: 'query', dir }),
  };
}

/** By id, embedded where `<dir>/quality-*.db` does not hold them yet. */
export function corpusVectors(corpus: EvalSet['corpus'], embedder: Embedder, dir?: string): Promise<Map<PaperId, Float32Array>> {
  return cachedVectors(`quality-${fingerprint(corpus)}`, corpus, { embedder, dir });
}

/** Of a corpus: several sets ask about the same one, which is embedded once. */
export function fingerprint(corpus: EvalSet['corpus']): string {
  return createHash('sha256')
    .update(JSON.stringify(corpus.map(({ id, title, abstract }) => [id, title, abstract])))
    .digest('hex')
    .slice(0, 12);
}
