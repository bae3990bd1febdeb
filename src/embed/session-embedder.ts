/**
 * `Embedder` in this thread: the tokenizer of `@xenova/transformers` and one ONNX session. Never constructed on
 * a thread that serves HTTP, and once a process: onnxruntime-node 1.14 does not survive a second thread.
 */
import { basename, dirname, join } from 'node:path';
import { AutoTokenizer, env, type PreTrainedTokenizer } from '@xenova/transformers';
import onnx, { type InferenceSession, type Tensor } from 'onnxruntime-node';
import { AppError, messageOf, throwIfGivenUp } from '../errors.ts';
import type {
  Embedder,
  Embeddings,
  EmbedInput,
  EmbedKind,
  EmbedOptions,
  Span,
  SpanEmbedding,
  SpannedText,
  Token,
  TokenizeOptions,
} from './embedder.ts';
import { type ModelManifest, readModel, spaceOf } from './manifest.ts';
import { pool, poolSpans } from './pooling.ts';
import { stripMarks, stripsMarks } from './strip-marks.ts';
import { createPieceLocator, type LocatePieces } from './token-spans.ts';

/** What a graph may ask for: the tokens, ones, and zeros. Anything else would be made up. */
const INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);
/** Names of the output by what is done with it, as Optimum and sentence-transformers export them; else the first one. */
const TOKEN_OUTPUTS = ['last_hidden_state', 'token_embeddings'];
const POOLED_OUTPUTS = ['sentence_embedding'];
/** Any text that is not a special token. */
const PROBE = 'paper';

export class SessionEmbedder implements Embedder {
  readonly model: ModelManifest;
  readonly space: string;
  readonly #tokenizer: PreTrainedTokenizer;
  readonly #session: InferenceSession;
  readonly #stripsMarks: boolean;
  /** Undefined for tokenizers that read any text byte by byte. */
  readonly #unknownId: number | undefined;
  /** Special tokens before the first of a text, and behind the last. */
  readonly #opening: readonly number[];
  readonly #closing: readonly number[];
  readonly #locate: LocatePieces;

  private constructor(model: ModelManifest, tokenizer: PreTrainedTokenizer, session: InferenceSession) {
    this.model = model;
    this.space = spaceOf(model);
    this.#tokenizer = tokenizer;
    this.#session = session;
    this.#stripsMarks = stripsMarks(tokenizer);
    this.#unknownId = tokenizer.model.unk_token_id;
    const bare = this.#encode(PROBE, false);
    const whole = this.#encode(PROBE, true);
    const opening = Math.max(0, whole.indexOf(bare[0] ?? -1));
    this.#opening = whole.slice(0, opening);
    this.#closing = whole.slice(opening + bare.length);
    this.#locate = createPieceLocator(tokenizer, (text) => this.#prepared(text));
  }

  /** @throws AppError `model_invalid` when the folder cannot be loaded. */
  static async open(dir: string): Promise<SessionEmbedder> {
    const model = await readModel(dir);
    env.allowRemoteModels = false;
    env.localModelPath = dirname(dir);
    try {
      const tokenizer = await AutoTokenizer.from_pretrained(basename(dir), { local_files_only: true });
      // One thread a session: two processes of one thread do more than one process of two. bench/results/embed.json
      const session = await onnx.InferenceSession.create(join(dir, model.graph), {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
      });
      const unknown = session.inputNames.filter((name) => !INPUTS.has(name));
      if (unknown.length > 0) throw new Error(`the graph asks for ${unknown.join(', ')}, of which nothing is known here`);
      return new SessionEmbedder(model, tokenizer, session);
    } catch (error) {
      throw new AppError('model_invalid', `cannot load the model in ${dir}: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * One text a run: the fastest on a CPU for texts of an abstract's length, without padding, and a dynamic int8
   * vector does not depend on its neighbours in a batch. docs/adr/0003-one-text-a-run.md
   */
  async embed(inputs: readonly EmbedInput[], { kind, signal }: EmbedOptions): Promise<Embeddings> {
    const { dim, pooling } = this.model;
    const prefix = this.#prefix(kind);
    const vectors = new Float32Array(inputs.length * dim);
    const tookMs = { queue: 0, tokenize: 0, infer: 0 };
    const result: Embeddings = { vectors, tokenCounts: [], truncated: [], unknownCounts: [], tookMs };
    for (const [row, input] of inputs.entries()) {
      throwIfGivenUp(signal);
      const start = performance.now();
      const tokens = this.#tokens(typeof input === 'string' ? this.#encode(prefix + input, true) : this.#wrapped(prefix, input));
      tookMs.tokenize += performance.now() - start;
      result.tokenCounts.push(tokens.count);
      result.truncated.push(tokens.count > tokens.ids.length);
      result.unknownCounts.push(tokens.ids.filter((id) => id === this.#unknownId).length);
      const begin = performance.now();
      pool(await this.#run(tokens.ids), vectors.subarray(row * dim, (row + 1) * dim), pooling);
      tookMs.infer += performance.now() - begin;
    }
    return result;
  }

  async embedSpans(texts: readonly SpannedText[], { kind, signal }: EmbedOptions): Promise<SpanEmbedding[]> {
    const embeddings: SpanEmbedding[] = [];
    for (const { text, spans } of texts) {
      throwIfGivenUp(signal);
      const prefix = this.#prefix(kind);
      const { ids } = this.#tokens(this.#encode(prefix + text, true));
      const hidden = await this.#run(ids);
      const vector = new Float32Array(this.model.dim);
      const norm = pool(hidden, vector, this.model.pooling);
      const ranges = this.#tokenRanges(prefix, { text, spans }, ids.length);
      const parts =
        this.model.pooling === 'mean'
          ? poolSpans(hidden, ranges, { dim: this.model.dim, norm })
          : await this.#partsByThemselves(prefix, { text, spans }, ranges);
      embeddings.push({ vector, parts, tokenCounts: ranges.map(({ start, end }) => end - start) });
    }
    return embeddings;
  }

  async tokenize(texts: readonly string[], { specialTokens, signal }: TokenizeOptions): Promise<Token[][]> {
    return texts.map((text) => {
      throwIfGivenUp(signal);
      const ids = this.#encode(text, false);
      const pieces = this.#pieces(ids);
      const spans = this.#locate(text, pieces);
      const own = ids.map((id, i): Token => ({ id, piece: pieces[i] ?? '', special: false, span: spans[i] ?? null }));
      return specialTokens ? [...this.#specials(this.#opening), ...own, ...this.#specials(this.#closing)] : own;
    });
  }

  async close(): Promise<void> {
    // onnxruntime-node 1.14 offers no release; the process's end is the session's.
  }

  #prefix(kind: EmbedKind): string {
    return kind === 'query' ? this.model.queryPrefix : this.model.passagePrefix;
  }

  /**
   * Where the spans lie among the tokens that are read. The tokenizer gives no offsets: tokens are counted piece by piece, so a
   * tokenizer that joins letters over a boundary moves it by as much.
   */
  #tokenRanges(prefix: string, { text, spans }: SpannedText, tokens: number): Span[] {
    // The last token is the closing special one.
    const last = tokens - 1;
    let at = this.#opening.length + this.#countTokens(prefix);
    let from = 0;
    return spans.map(({ start, end }) => {
      at += this.#countTokens(text.slice(from, start));
      const first = Math.min(at, last);
      at += this.#countTokens(text.slice(start, end));
      from = end;
      return { start: first, end: Math.min(at, last) };
    });
  }

  async #partsByThemselves(prefix: string, { text, spans }: SpannedText, ranges: readonly Span[]): Promise<Float32Array> {
    const { dim, pooling } = this.model;
    const parts = new Float32Array(spans.length * dim);
    const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    for (const [i, { start, end }] of spans.entries()) {
      const range = ranges[i];
      if (range === undefined || range.end === range.start) continue;
      const part = parts.subarray(i * dim, (i + 1) * dim);
      pool(await this.#run(this.#tokens(this.#encode(prefix + text.slice(start, end), true)).ids), part, pooling);
      const share = (range.end - range.start) / total;
      for (let d = 0; d < dim; d++) part[d] = (part[d] as number) * share;
    }
    return parts;
  }

  /** Without the special tokens. */
  #countTokens(text: string): number {
    return text === '' ? 0 : this.#encode(text, false).length;
  }

  #prepared(text: string): string {
    return this.#stripsMarks ? stripMarks(text) : text;
  }

  #encode(text: string, addSpecialTokens: boolean): number[] {
    return this.#tokenizer.encode(this.#prepared(text), null, { add_special_tokens: addSpecialTokens });
  }

  #pieces(ids: readonly number[]): string[] {
    return this.#tokenizer.model.convert_ids_to_tokens([...ids]);
  }

  #specials(ids: readonly number[]): Token[] {
    const pieces = this.#pieces(ids);
    return ids.map((id, i) => ({ id, piece: pieces[i] ?? '', special: true, span: null }));
  }

  /** Given tokens as a text of them would be read: with the prefix, and the special ones once. */
  #wrapped(prefix: string, given: readonly number[]): number[] {
    const size = this.#tokenizer.model.vocab.length;
    const wrong = given.find((id) => !Number.isInteger(id) || id < 0 || id >= size);
    if (wrong !== undefined) {
      throw new AppError('invalid_input', `token id ${wrong} is not one of this model's, 0 to ${size - 1}: send text instead`);
    }
    const opened = startsWith(given, this.#opening) ? given.slice(this.#opening.length) : given;
    const bare = endsWith(opened, this.#closing) ? opened.slice(0, opened.length - this.#closing.length) : opened;
    return [...this.#opening, ...(prefix === '' ? [] : this.#encode(prefix, false)), ...bare, ...this.#closing];
  }

  /** The library's own truncation drops the final separator, so the cut is made here and the separator kept. */
  #tokens(ids: number[]): { ids: number[]; count: number } {
    const { maxTokens } = this.model;
    const last = ids.at(-1);
    if (ids.length <= maxTokens || last === undefined) return { ids, count: ids.length };
    return { ids: [...ids.slice(0, maxTokens - 1), last], count: ids.length };
  }

  /** Token states, row-major, ids.length * dim; the one vector where the graph pools itself. */
  async #run(ids: readonly number[]): Promise<Float32Array> {
    const shape = [1, ids.length];
    const inputs: Record<string, Tensor> = {};
    for (const name of this.#session.inputNames) {
      const values = new BigInt64Array(ids.length);
      if (name === 'input_ids') for (const [i, id] of ids.entries()) values[i] = BigInt(id);
      else if (name === 'attention_mask') values.fill(1n);
      inputs[name] = new onnx.Tensor('int64', values, shape);
    }
    const { dim, pooling } = this.model;
    const names = pooling === 'none' ? POOLED_OUTPUTS : TOKEN_OUTPUTS;
    const name = names.find((known) => this.#session.outputNames.includes(known)) ?? this.#session.outputNames[0] ?? '';
    let output: Tensor | undefined;
    try {
      output = (await this.#session.run(inputs))[name];
    } catch (error) {
      throw new AppError('embedding_failed', `the model failed on a text of ${ids.length} tokens: ${messageOf(error)}`, {
        cause: error,
      });
    }
    const hidden = output?.data;
    const expected = pooling === 'none' ? [1, dim] : [1, ids.length, dim];
    if (!(hidden instanceof Float32Array) || output?.dims.join() !== expected.join()) {
      const found = `${output?.type ?? 'nothing'} [${output?.dims.join(', ') ?? ''}]`;
      throw new AppError(
        'model_invalid',
        `the graph's output "${name}" is ${found}, pooling "${pooling}" needs float32 [${expected.join(', ')}]`,
      );
    }
    return hidden;
  }
}

function startsWith(ids: readonly number[], start: readonly number[]): boolean {
  return start.every((id, i) => ids[i] === id);
}

function endsWith(ids: readonly number[], end: readonly number[]): boolean {
  return ids.length >= end.length && startsWith(ids.slice(ids.length - end.length), end);
}
