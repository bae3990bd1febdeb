/**
 * `Encoder` over onnxruntime: any graph, and what the native encoder is measured against. Once a process: onnxruntime-node 1.14 does
 * not survive a second thread.
 */
import { join } from 'node:path';
import onnx, { type InferenceSession, type Tensor } from 'onnxruntime-node';
import { AppError, messageOf } from '../errors.ts';
import type { Encoder, Encoding } from './encoder.ts';
import type { ModelManifest } from './manifest.ts';
import { pool } from './pooling.ts';

/** What a graph may ask for: the tokens, ones, and zeros. Anything else would be made up. */
const INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);
/** Names of the output by what is done with it, as Optimum and sentence-transformers export them; else the first one. */
export const TOKEN_OUTPUTS = ['last_hidden_state', 'token_embeddings'];
const POOLED_OUTPUTS = ['sentence_embedding'];

/** @param notice why this encoder and not the native one; null where nobody asked for that. */
export async function openOnnxEncoder(dir: string, model: ModelManifest, notice: string | null): Promise<Encoder> {
  // One thread a session: two processes of one thread do more than one process of two. bench/results/embed.json
  const session = await onnx.InferenceSession.create(join(dir, model.graph), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  const unknown = session.inputNames.filter((name) => !INPUTS.has(name));
  if (unknown.length > 0) throw new Error(`the graph asks for ${unknown.join(', ')}, of which nothing is known here`);
  return {
    runtime: { name: 'onnxruntime', notice },
    async encode(ids, to): Promise<Encoding> {
      const states = await run(session, model, ids);
      return { norm: pool(states, to, model.pooling), states: () => states };
    },
  };
}

/** Token states, row-major, ids.length * dim; the one vector where the graph pools itself. */
async function run(session: InferenceSession, { dim, pooling }: ModelManifest, ids: readonly number[]): Promise<Float32Array> {
  const inputs: Record<string, Tensor> = {};
  for (const name of session.inputNames) {
    const values = new BigInt64Array(ids.length);
    if (name === 'input_ids') for (const [i, id] of ids.entries()) values[i] = BigInt(id);
    else if (name === 'attention_mask') values.fill(1n);
    inputs[name] = new onnx.Tensor('int64', values, [1, ids.length]);
  }
  const names = pooling === 'none' ? POOLED_OUTPUTS : TOKEN_OUTPUTS;
  const name = names.find((known) => session.outputNames.includes(known)) ?? session.outputNames[0] ?? '';
  let output: Tensor | undefined;
  try {
    output = (await session.run(inputs))[name];
  } catch (error) {
    throw new AppError('embedding_failed', `the model failed on a text of ${ids.length} tokens: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const states = output?.data;
  const expected = pooling === 'none' ? [1, dim] : [1, ids.length, dim];
  if (!(states instanceof Float32Array) || output?.dims.join() !== expected.join()) {
    const found = `${output?.type ?? 'nothing'} [${output?.dims.join(', ') ?? ''}]`;
    throw new AppError(
      'model_invalid',
      `the graph's output "${name}" is ${found}, pooling "${pooling}" needs float32 [${expected.join(', ')}]`,
    );
  }
  return states;
}
