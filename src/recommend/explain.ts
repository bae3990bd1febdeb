/** Why each paper is in an answer: the pair of sentences that brought it there, and the rare words that both have. */
import type { Embedder, EmbedKind, SpanEmbedding, SpannedText } from '../embed/embedder.ts';
import type { Paper } from '../paper.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import { createRecentCache } from '../recent-cache.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';
import { drops, greatest, nearness, rowOf } from './contributions.ts';
import { dot } from './dot.ts';
import { freeTextSentences, paperSentences, type Sentence, type SentenceText } from './sentence-text.ts';
import { createSharedTerms } from './shared-terms.ts';
import type { Why } from './why.ts';

/** Enough of a paper to explain with it or to explain it. */
export type ExplainedPaper = Pick<Paper, 'title' | 'abstract'>;

/** A liked text or paper, with the vector that it was asked with (unit length). */
export type AskedSeed = { vector: Float32Array; weight?: number | undefined } & ({ text: string } | { paper: ExplainedPaper });

export interface Asked {
  /** What the papers were ranked by, unit length: one seed's vector, or `seedVector` of several. */
  vector: Float32Array;
  /** At least one; what is disliked counts in `vector` alone. */
  seeds: readonly AskedSeed[];
}

export interface ExplainerParts {
  store: Pick<PaperStore, 'documentFrequencies'>;
  index: Pick<VectorIndex, 'stats'>;
  embedder: Embedder;
  /** Texts whose parts are kept, some 12 KB each. Default 512. */
  cachedTexts?: number;
}

export interface Explainer {
  /**
   * One for each hit, in order. The model runs once for each hit and seed that it has not explained lately.
   * @throws AppError as `Embedder.embedSpans`.
   */
  explainHits(asked: Asked, hits: readonly ExplainedPaper[], options?: { signal?: AbortSignal | undefined }): Promise<Why[]>;
}

type AskedField = 'text' | 'title' | 'abstract';

export function createExplainer({ store, index, embedder, cachedTexts = 512 }: ExplainerParts): Explainer {
  const cache = createRecentCache<string, SpanEmbedding>(cachedTexts);
  const sharedTerms = createSharedTerms(store);

  /** In order; texts that are not cached are embedded together. */
  async function embedded(texts: readonly SpannedText[], kind: EmbedKind, signal?: AbortSignal): Promise<SpanEmbedding[]> {
    const { space } = embedder;
    // A paper's title may end where another's abstract begins: the spans tell the two apart.
    const keyOf = ({ text, spans }: SpannedText) => JSON.stringify([space, kind, text, spans.map(({ end }) => end)]);
    const known = new Map<string, SpanEmbedding>();
    const missing = new Map<string, SpannedText>();
    for (const { text, spans } of texts) {
      const key = keyOf({ text, spans });
      const cached = cache.get(key);
      if (cached === undefined) missing.set(key, { text, spans });
      else known.set(key, cached);
    }
    if (missing.size > 0) {
      const keys = [...missing.keys()];
      const fresh = await embedder.embedSpans([...missing.values()], { kind, signal });
      for (const [i, embedding] of fresh.entries()) {
        const key = keys[i] ?? '';
        known.set(key, embedding);
        cache.set(key, embedding);
      }
    }
    return texts.flatMap((text) => known.get(keyOf(text)) ?? []);
  }

  return {
    async explainHits({ vector, seeds }, hits, { signal } = {}) {
      const { model } = embedder;
      const hitTexts = hits.map((paper) => paperSentences(model, paper));
      const seedTexts = seeds.map(
        (seed): SentenceText<AskedField> => ('text' in seed ? freeTextSentences(seed.text) : paperSentences(model, seed.paper)),
      );
      const single = seeds.length === 1 ? 0 : undefined;
      const embedSeeds = (places: readonly number[]) =>
        embedAsked(seeds, seedTexts, places, (...call) => embedded(...call, signal));
      const [hitEmbeddings, only] = await Promise.all([
        embedded(hitTexts, 'passage', signal),
        single === undefined ? undefined : embedSeeds([single]),
      ]);
      const chosen = hitEmbeddings.map((hit) => single ?? mainSeed(seeds, hit.vector));
      const seedEmbeddings = only ?? (await embedSeeds([...new Set(chosen)]));
      const pairs = hitTexts.map(({ text }, i) => ({ asked: seedTexts[chosen[i] ?? 0]?.text ?? '', hit: text }));
      const terms = await sharedTerms.of(pairs, (await index.stats()).count);

      return hitTexts.map(({ sentences }, i): Why => {
        const seed = chosen[i] ?? 0;
        const [hit, asked, askedSentences] = [hitEmbeddings[i], seedEmbeddings.get(seed), seedTexts[seed]?.sentences];
        const match =
          hit === undefined || asked === undefined || askedSentences === undefined
            ? null
            : bestPair(vector, { embedding: hit, sentences }, { embedding: asked, sentences: askedSentences, seed });
        return { match, terms: terms[i] ?? [] };
      });
    },
  };
}

/** The seed that brings most to a hit's score. */
function mainSeed(seeds: readonly AskedSeed[], hit: Float32Array): number {
  return greatest(seeds.map(({ vector, weight = 1 }) => weight * dot(vector, hit))) ?? 0;
}

/** Embeddings of the seeds at `places`, by place: texts as queries, papers as passages. */
async function embedAsked(
  seeds: readonly AskedSeed[],
  texts: readonly SpannedText[],
  places: readonly number[],
  embed: (texts: readonly SpannedText[], kind: EmbedKind) => Promise<SpanEmbedding[]>,
): Promise<Map<number, SpanEmbedding>> {
  const found = new Map<number, SpanEmbedding>();
  const kindOf = (place: number): EmbedKind => ('text' in (seeds[place] ?? {}) ? 'query' : 'passage');
  await Promise.all(
    (['query', 'passage'] as const).map(async (kind) => {
      const own = places.filter((place) => kindOf(place) === kind);
      const embeddings = await embed(
        own.flatMap((place) => texts[place] ?? []),
        kind,
      );
      for (const [i, embedding] of embeddings.entries()) found.set(own[i] ?? 0, embedding);
    }),
  );
  return found;
}

interface Side<F extends string> {
  embedding: SpanEmbedding;
  sentences: readonly Sentence<F>[];
}

/** The hit's sentence without which its score would fall most, and the sentence asked with that is nearest to it. */
function bestPair(query: Float32Array, hit: Side<'title' | 'abstract'>, asked: Side<AskedField> & { seed: number }): Why['match'] {
  const ofHit = greatest(drops(query, hit.embedding));
  if (ofHit === undefined) return null;
  const cosines = nearness(rowOf(hit.embedding.parts, ofHit, query.length), asked.embedding);
  const ofAsked = greatest(cosines);
  const [sentence, askedSentence] = [hit.sentences[ofHit], ofAsked === undefined ? undefined : asked.sentences[ofAsked]];
  if (ofAsked === undefined || sentence === undefined || askedSentence === undefined) return null;
  return {
    hit: { ...sentence },
    asked: { seed: asked.seed, ...askedSentence },
    // Four decimals: vectors of int8 models carry no more.
    cosine: Math.round((cosines[ofAsked] ?? 0) * 1e4) / 1e4,
  };
}
