/** What faithfulness is judged on: hits of sampled queries, each with what removing each of its sentences does to its score. */
import type { Embedder, SpanEmbedding } from '#dist/embed/embedder.js';
import { paperText } from '#dist/embed/manifest.js';
import type { EvalPaper, EvalQuery, EvalSet } from '#dist/evaluation/eval-set.js';
import { rowOf } from '#dist/recommend/contributions.js';
import { dot } from '#dist/recommend/dot.js';
import { freeTextSentences, paperSentences, type SentenceText } from '#dist/recommend/sentence-text.js';
import { namedRandom, sample } from '../../lib/random.ts';
import { denseRanker } from '../dense.ts';
import { vectorsOf } from '../systems.ts';

/** Hits of a query that are judged, the best. */
export const HITS = 10;

export interface AskedCase {
  set: string;
  query: EvalQuery;
  vector: Float32Array;
  hits: EvalPaper[];
}

/** One hit with at least two sentences that the model reads. */
export interface Case {
  /** Of the query, unit length. */
  query: Float32Array;
  /** The query in its context, and its sentences each embedded by itself. */
  asked: SpanEmbedding;
  askedAlone: Float32Array[];
  hit: SpanEmbedding;
  hitAlone: Float32Array[];
  hitSentences: SentenceText<'title' | 'abstract'>['sentences'];
  /** What the cosine to the query loses when the text is embedded again without the sentence; undefined where it was not read. */
  losses: (number | undefined)[];
}

/** The best hits of at most `queries` queries, by exact dense search; a paper that asks about several facets asks once. */
export async function askSample(
  set: EvalSet,
  embedder: Embedder,
  { queries, seed, cache }: { queries: number; seed: number; cache?: string | undefined },
): Promise<AskedCase[]> {
  const vectors = await vectorsOf(set, { embedder }, cache);
  const ranker = await denseRanker(vectors);
  const papers = new Map(set.corpus.map((paper) => [paper.id, paper]));
  const distinct = new Map(set.queries.map((query) => ['paper' in query ? query.paper.id : query.id, query]));
  const asked: AskedCase[] = [];
  for (const query of sample([...distinct.values()], queries, namedRandom(seed, set.name))) {
    const vector = 'paper' in query ? vectors.corpus.get(query.paper.id) : vectors.queries.get(query.id);
    if (vector === undefined) throw new Error(`query "${query.id}" has no vector`);
    const hits = (await ranker.rank(query, HITS)).flatMap(({ id }) => papers.get(id) ?? []);
    asked.push({ set: set.name, query, vector, hits });
  }
  return asked;
}

/** Embeds every hit again without each of its sentences. */
export async function judge({ query, vector, hits }: AskedCase, embedder: Embedder): Promise<Case[]> {
  const { model } = embedder;
  const [kind, askedText] =
    'paper' in query
      ? (['passage', paperSentences(model, query.paper)] as const)
      : (['query', freeTextSentences(query.text)] as const);
  const hitTexts = hits.map((paper) => paperSentences(model, paper));
  const without = hits.flatMap((paper, i) =>
    (hitTexts[i]?.sentences ?? []).map(({ field, start, end }) =>
      paperText(model, { ...paper, [field]: paper[field].slice(0, start) + paper[field].slice(end) }),
    ),
  );
  const alone = hitTexts.flatMap(({ sentences }) => sentences.map(({ text }) => text));
  const lane = 'batch';
  const [[asked], askedAlone, embedded, hitAlone, shortened] = await Promise.all([
    embedder.embedSpans([askedText], { kind, lane }),
    embedder.embed(
      askedText.sentences.map(({ text }) => text),
      { kind, lane },
    ),
    embedder.embedSpans(hitTexts, { kind: 'passage', lane }),
    embedder.embed(alone, { kind: 'passage', lane }),
    embedder.embed(without, { kind: 'passage', lane }),
  ]);
  if (asked === undefined) return [];
  const rows = (vectors: Float32Array, from: number, count: number) =>
    Array.from({ length: count }, (_, i) => rowOf(vectors, from + i, model.dim));
  const cases: Case[] = [];
  let from = 0;
  for (const [i, { sentences }] of hitTexts.entries()) {
    const hit = embedded[i];
    if (hit === undefined) break;
    const score = dot(vector, hit.vector);
    const losses = rows(shortened.vectors, from, sentences.length).map((rest, s) =>
      (hit.tokenCounts[s] ?? 0) === 0 ? undefined : score - dot(vector, rest),
    );
    if (losses.filter((loss) => loss !== undefined).length > 1) {
      cases.push({
        query: vector,
        asked,
        askedAlone: rows(askedAlone.vectors, 0, askedText.sentences.length),
        hit,
        hitAlone: rows(hitAlone.vectors, from, sentences.length),
        hitSentences: sentences,
        losses,
      });
    }
    from += sentences.length;
  }
  return cases;
}
