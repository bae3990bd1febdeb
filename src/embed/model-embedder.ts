/** `Embedder` in this thread: a tokenizer and an encoder. Never constructed on a thread that serves HTTP. */
import { AppError, messageOf } from '../errors.ts';
import type {
  Embeddings,
  EmbedInput,
  EmbedKind,
  EmbedOptions,
  LoadedEmbedder,
  Span,
  SpanEmbedding,
  SpannedText,
  Token,
  TokenizeOptions,
} from './embedder.ts';
import type { Encoder, Runtime } from './encoder.ts';
import { type ModelManifest, readModel, spaceOf } from './manifest.ts';
import { type ModelTokenizer, openTokenizer } from './model-tokenizer.ts';
import { poolSpans } from './pooling.ts';

export class ModelEmbedder implements LoadedEmbedder {
  readonly model: ModelManifest;
  readonly space: string;
  readonly runtime: Runtime;
  readonly #tokenizer: ModelTokenizer;
  readonly #encoder: Encoder;

  private constructor(model: ModelManifest, tokenizer: ModelTokenizer, encoder: Encoder) {
    this.model = model;
    this.space = spaceOf(model);
    this.runtime = encoder.runtime;
    this.#tokenizer = tokenizer;
    this.#encoder = encoder;
  }

  /**
   * @param openEncoder opens what runs the graph.
   * @throws AppError `model_invalid` when the folder cannot be loaded.
   */
  static async open(dir: string, openEncoder: (dir: string, model: ModelManifest) => Promise<Encoder>): Promise<ModelEmbedder> {
    const model = await readModel(dir);
    try {
      const tokenizer = await openTokenizer(dir, model.maxTokens);
      return new ModelEmbedder(model, tokenizer, await openEncoder(dir, model));
    } catch (error) {
      throw new AppError('model_invalid', `cannot load the model in ${dir}: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * One text a run: the fastest on a CPU for texts of an abstract's length, without padding, and a dynamic int8
   * vector does not depend on its neighbours in a batch. docs/adr/0003-one-text-a-run.md
   */
  async embed(inputs: readonly EmbedInput[], { kind, signal }: EmbedOptions): Promise<Embeddings> {
    const { dim } = this.model;
    const prefix = this.#prefix(kind);
    const vectors = new Float32Array(inputs.length * dim);
    const tookMs = { queue: 0, tokenize: 0, infer: 0 };
    const result: Embeddings = { vectors, tokenCounts: [], truncated: [], unknownCounts: [], tookMs };
    for (const [row, input] of inputs.entries()) {
      throwIfGivenUp(signal);
      const start = performance.now();
      const { ids, count, unknown } = this.#tokenizer.tokens(prefix, input);
      const begin = performance.now();
      result.tokenCounts.push(count);
      result.truncated.push(count > ids.length);
      result.unknownCounts.push(unknown);
      await this.#encoder.encode(ids, vectors.subarray(row * dim, (row + 1) * dim));
      tookMs.tokenize += begin - start;
      tookMs.infer += performance.now() - begin;
    }
    return result;
  }

  async embedSpans(texts: readonly SpannedText[], { kind, signal }: EmbedOptions): Promise<SpanEmbedding[]> {
    const { dim, pooling } = this.model;
    const prefix = this.#prefix(kind);
    const embeddings: SpanEmbedding[] = [];
    for (const { text, spans } of texts) {
      throwIfGivenUp(signal);
      const { ids } = this.#tokenizer.tokens(prefix, text);
      const vector = new Float32Array(dim);
      const { norm, states } = await this.#encoder.encode(ids, vector);
      const ranges = this.#tokenizer.ranges(prefix, text, spans, ids.length);
      const parts =
        pooling === 'mean'
          ? poolSpans(states(), ranges, { dim, norm })
          : await this.#partsByThemselves(prefix, { text, spans }, ranges);
      embeddings.push({ vector, parts, tokenCounts: ranges.map(({ start, end }) => end - start) });
    }
    return embeddings;
  }

  async tokenize(texts: readonly string[], { specialTokens, signal }: TokenizeOptions): Promise<Token[][]> {
    return texts.map((text) => {
      throwIfGivenUp(signal);
      return this.#tokenizer.pieces(text, specialTokens);
    });
  }

  async close(): Promise<void> {
    // Neither encoder offers a release; the process's end is theirs.
  }

  #prefix(kind: EmbedKind): string {
    return kind === 'query' ? this.model.queryPrefix : this.model.passagePrefix;
  }

  async #partsByThemselves(prefix: string, { text, spans }: SpannedText, ranges: readonly Span[]): Promise<Float32Array> {
    const { dim } = this.model;
    const parts = new Float32Array(spans.length * dim);
    const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    for (const [i, { start, end }] of spans.entries()) {
      const range = ranges[i];
      if (range === undefined || range.end === range.start) continue;
      const part = parts.subarray(i * dim, (i + 1) * dim);
      await this.#encoder.encode(this.#tokenizer.tokens(prefix, text.slice(start, end)).ids, part);
      const share = (range.end - range.start) / total;
      for (let d = 0; d < dim; d++) part[d] = (part[d] as number) * share;
    }
    return parts;
  }
}

function throwIfGivenUp(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('canceled', 'the caller gave up before the text was embedded');
}
