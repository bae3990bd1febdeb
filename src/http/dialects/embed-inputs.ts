/** Texts or tokens of a caller as vectors, many of them without holding up those who ask for one. */
import type { Embedder, EmbedInput, EmbedKind, EmbedTimings } from '../../embed/embedder.ts';
import { AppError } from '../../errors.ts';

/**
 * Inputs of one call that stand in the queue at a time for each process: a query that comes meanwhile waits behind no more than
 * these. With more the call is no sooner done, docs/adr/0015-dialects.md.
 */
const INPUTS_A_PROCESS = 4;

export interface EmbeddedInputs {
  /** Unit length. */
  vectors: Float32Array[];
  /** Tokens of each, special ones counted, before any cut. */
  tokenCounts: number[];
  /** Tokens that the model read of all. */
  tokensRead: number;
  /** The longest wait of a turn; the other two are sums. */
  tookMs: EmbedTimings;
}

export interface EmbedInputsOptions {
  kind: EmbedKind;
  signal: AbortSignal;
  /** Embedding processes that there are. */
  processes: number;
  /** The first so many components, made unit length again; default all. */
  dimensions?: number | undefined;
}

/** @throws AppError as `Embedder.embed`; `invalid_input` for more dimensions than there are, `not_ready` where the model changes meanwhile. */
export async function embedInputs(
  embedder: Embedder,
  inputs: readonly EmbedInput[],
  { kind, signal, processes, dimensions }: EmbedInputsOptions,
): Promise<EmbeddedInputs> {
  const { space, model } = embedder;
  const { dim, maxTokens } = model;
  if (dimensions !== undefined && dimensions > dim) {
    const message = `must be at most ${dim}, as many as the vectors of ${model.name} have`;
    throw new AppError('invalid_input', `dimensions ${message}`, { issues: [{ path: 'dimensions', message }] });
  }
  const all: EmbeddedInputs = { vectors: [], tokenCounts: [], tokensRead: 0, tookMs: { queue: 0, tokenize: 0, infer: 0 } };
  const inputsATurn = INPUTS_A_PROCESS * processes;
  for (let from = 0; from < inputs.length; from += inputsATurn) {
    const turn = inputs.slice(from, from + inputsATurn);
    const { vectors, tokenCounts, tookMs } = await embedder.embed(turn, { kind, signal });
    if (embedder.space !== space) {
      throw new AppError('not_ready', 'the model was changed while these texts were embedded: ask again', { retryAfterS: 1 });
    }
    all.vectors.push(...turn.map((_, i) => shortened(vectors.subarray(i * dim, (i + 1) * dim), dimensions)));
    all.tokenCounts.push(...tokenCounts);
    all.tokensRead += tokenCounts.reduce((sum, count) => sum + Math.min(count, maxTokens), 0);
    all.tookMs.queue = Math.max(all.tookMs.queue, tookMs.queue);
    all.tookMs.tokenize += tookMs.tokenize;
    all.tookMs.infer += tookMs.infer;
  }
  return all;
}

function shortened(vector: Float32Array, dimensions: number | undefined): Float32Array {
  if (dimensions === undefined || dimensions === vector.length) return vector;
  const head = vector.subarray(0, dimensions);
  const length = Math.hypot(...head);
  return length === 0 ? head : head.map((value) => value / length);
}
