/**
 * `Embedder` in this thread: the tokenizer of `@xenova/transformers` and one ONNX session. Never constructed on
 * a thread that serves HTTP, and once a process: onnxruntime-node 1.14 does not survive a second thread.
 */
import { basename, dirname, join } from 'node:path';
import { AutoTokenizer, env, type PreTrainedTokenizer } from '@xenova/transformers';
import onnx, { type InferenceSession, type Tensor } from 'onnxruntime-node';
import { AppError, messageOf } from '../errors.ts';
import type { Embedder, Embeddings, EmbedOptions } from './embedder.ts';
import { type ModelManifest, readModel, spaceOf } from './manifest.ts';
import { pool } from './pooling.ts';
import { stripMarks, stripsMarks } from './strip-marks.ts';

/** What a graph may ask for: the tokens, ones, and zeros. Anything else would be made up. */
const INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);
/** Names of the output by what is done with it, as Optimum and sentence-transformers export them; else the first one. */
const TOKEN_OUTPUTS = ['last_hidden_state', 'token_embeddings'];
const POOLED_OUTPUTS = ['sentence_embedding'];

export class SessionEmbedder implements Embedder {
  readonly model: ModelManifest;
  readonly space: string;
  readonly #tokenizer: PreTrainedTokenizer;
  readonly #session: InferenceSession;
  readonly #stripsMarks: boolean;
  /** Undefined for tokenizers that read any text byte by byte. */
  readonly #unknownId: number | undefined;

  private constructor(model: ModelManifest, tokenizer: PreTrainedTokenizer, session: InferenceSession) {
    this.model = model;
    this.space = spaceOf(model);
    this.#tokenizer = tokenizer;
    this.#session = session;
    this.#stripsMarks = stripsMarks(tokenizer);
    this.#unknownId = tokenizer.model.unk_token_id;
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
  async embed(texts: readonly string[], { kind, signal }: EmbedOptions): Promise<Embeddings> {
    const { dim } = this.model;
    const prefix = kind === 'query' ? this.model.queryPrefix : this.model.passagePrefix;
    const vectors = new Float32Array(texts.length * dim);
    const result: Embeddings = { vectors, tokenCounts: [], truncated: [], unknownCounts: [] };
    for (const [row, text] of texts.entries()) {
      if (signal?.aborted === true) throw new AppError('canceled', 'the caller gave up before the text was embedded');
      const tokens = this.#tokens(prefix + text);
      result.tokenCounts.push(tokens.count);
      result.truncated.push(tokens.count > tokens.ids.length);
      result.unknownCounts.push(tokens.ids.filter((id) => id === this.#unknownId).length);
      await this.#run(tokens.ids, vectors.subarray(row * dim, (row + 1) * dim));
    }
    return result;
  }

  async close(): Promise<void> {
    // onnxruntime-node 1.14 offers no release; the process's end is the session's.
  }

  /** The library's own truncation drops the final separator, so the cut is made here and the separator kept. */
  #tokens(text: string): { ids: number[]; count: number } {
    const ids: number[] = this.#tokenizer.encode(this.#stripsMarks ? stripMarks(text) : text);
    const { maxTokens } = this.model;
    const last = ids.at(-1);
    if (ids.length <= maxTokens || last === undefined) return { ids, count: ids.length };
    return { ids: [...ids.slice(0, maxTokens - 1), last], count: ids.length };
  }

  async #run(ids: readonly number[], target: Float32Array): Promise<void> {
    const shape = [1, ids.length];
    const inputs: Record<string, Tensor> = {};
    for (const name of this.#session.inputNames) {
      const values = new BigInt64Array(ids.length);
      if (name === 'input_ids') for (const [i, id] of ids.entries()) values[i] = BigInt(id);
      else if (name === 'attention_mask') values.fill(1n);
      inputs[name] = new onnx.Tensor('int64', values, shape);
    }
    const { pooling } = this.model;
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
    const expected = pooling === 'none' ? [1, target.length] : [1, ids.length, target.length];
    if (!(hidden instanceof Float32Array) || output?.dims.join() !== expected.join()) {
      const found = `${output?.type ?? 'nothing'} [${output?.dims.join(', ') ?? ''}]`;
      throw new AppError(
        'model_invalid',
        `the graph's output "${name}" is ${found}, pooling "${pooling}" needs float32 [${expected.join(', ')}]`,
      );
    }
    pool(hidden, target, pooling);
  }
}
