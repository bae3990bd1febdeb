/** Reads free texts as queries: their vectors, and what the model could not read well. What was read lately is remembered. */
import type { Embedder, EmbedTimings } from '../embed/embedder.ts';
import { createRecentCache } from '../recent-cache.ts';
import { type ReadingWarning, readingWarnings } from './reading-warnings.ts';

export interface ReadQueries {
  /** Of each text, length dim, unit length; not to be written into. */
  vectors: Float32Array[];
  /** Of all texts. */
  warnings: ReadingWarning[];
  /** All zero where everything was remembered. */
  tookMs: EmbedTimings;
}

export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** Nothing that is remembered is used. */
  anew?: boolean | undefined;
}

/** @throws AppError as `Embedder.embed`. */
export type QueryReader = (texts: readonly string[], options?: ReadOptions) => Promise<ReadQueries>;

interface ReadQuery {
  vector: Float32Array;
  warnings: readonly ReadingWarning[];
}

/** Some ten thousand queries. */
const REMEMBERED_BYTES = 16e6;
/** Beside the text and the vector. */
const OVERHEAD_BYTES = 300;
const NO_TIME: EmbedTimings = { queue: 0, tokenize: 0, infer: 0 };

export function createQueryReader(embedder: Embedder): QueryReader {
  const { dim, maxTokens } = embedder.model;
  const known = createRecentCache<string, ReadQuery & { text: string }>(
    REMEMBERED_BYTES,
    ({ text, vector }) => 2 * text.length + vector.byteLength + OVERHEAD_BYTES,
  );

  async function readAnew(texts: readonly string[], signal: AbortSignal | undefined) {
    const options = { kind: 'query', lane: 'interactive', signal } as const;
    const { vectors, tokenCounts, unknownCounts, truncated, tookMs } = await embedder.embed(texts, options);
    const queries = texts.map((text, i): ReadQuery => {
      const warnings = readingWarnings(text, {
        tokens: tokenCounts[i] ?? 0,
        unknown: unknownCounts[i] ?? 0,
        truncated: truncated[i] ?? false,
        maxTokens,
      });
      // A copy: the row would keep all others of the call.
      const query = { vector: vectors.slice(i * dim, (i + 1) * dim), warnings };
      known.set(text, { text, ...query });
      return query;
    });
    return { queries, tookMs };
  }

  return async (texts, { signal, anew = false } = {}) => {
    const found = texts.map((text) => (anew ? undefined : known.get(text)));
    const missing = texts.filter((_, i) => found[i] === undefined);
    const { queries, tookMs } = missing.length === 0 ? { queries: [], tookMs: NO_TIME } : await readAnew(missing, signal);
    const all = found.map((one) => one ?? (queries.shift() as ReadQuery));
    return { vectors: all.map(({ vector }) => vector), warnings: all.flatMap(({ warnings }) => warnings), tookMs };
  };
}
