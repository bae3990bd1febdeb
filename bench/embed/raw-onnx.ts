/** Runs of the bare graph on ready token ids, one thread: what batches and padding alone do. */
import { basename, dirname, join } from 'node:path';
import { AutoTokenizer, env } from '@xenova/transformers';
import onnx, { type Tensor } from 'onnxruntime-node';
import { readModel } from '#dist/embed/manifest.js';
import { pool } from '#dist/embed/pooling.js';
import { type Contender, notOffered } from './contender.ts';

export async function rawContender(modelDir: string): Promise<Contender> {
  const model = await readModel(modelDir);
  env.allowRemoteModels = false;
  env.localModelPath = dirname(modelDir);
  const tokenizer = await AutoTokenizer.from_pretrained(basename(modelDir), { local_files_only: true });
  const session = await onnx.InferenceSession.create(join(modelDir, model.graph), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  let loaded: number[][] = [];

  /** As `SessionEmbedder` cuts: the last token stays. */
  function tokensOf(text: string): number[] {
    const ids: number[] = tokenizer.encode(text);
    return ids.length <= model.maxTokens ? ids : [...ids.slice(0, model.maxTokens - 1), ...ids.slice(-1)];
  }

  /** The last hidden states, row-major: batch.length * (longest of the batch) * dim. */
  async function forward(batch: readonly number[][]): Promise<{ hidden: Float32Array; longest: number }> {
    const longest = Math.max(...batch.map((ids) => ids.length));
    const inputs: Record<string, Tensor> = {};
    for (const name of session.inputNames) {
      const values = new BigInt64Array(batch.length * longest);
      for (const [row, ids] of batch.entries()) {
        for (const [i, id] of ids.entries()) {
          if (name === 'input_ids') values[row * longest + i] = BigInt(id);
          else if (name === 'attention_mask') values[row * longest + i] = 1n;
        }
      }
      inputs[name] = new onnx.Tensor('int64', values, [batch.length, longest]);
    }
    const outputs = await session.run(inputs);
    const hidden = (outputs['last_hidden_state'] ?? outputs[session.outputNames[0] ?? ''])?.data;
    if (!(hidden instanceof Float32Array)) throw new Error('the graph gives no float32 numbers');
    return { hidden, longest };
  }

  /** Unit vectors of a batch, padding left out of the pooling. */
  async function vectorsOf(batch: readonly number[][]): Promise<Float32Array[]> {
    const { hidden, longest } = await forward(batch);
    return batch.map((ids, row) => {
      const vector = new Float32Array(model.dim);
      const start = row * longest * model.dim;
      pool(hidden.subarray(start, start + ids.length * model.dim), vector, model.pooling);
      return vector;
    });
  }

  return {
    async load(texts) {
      loaded = texts.map((text) => tokensOf(model.passagePrefix + text));
    },
    async run({ batch, sorted, limit }) {
      const rows = loaded.slice(0, limit);
      if (sorted) rows.sort((a, b) => b.length - a.length);
      for (let i = 0; i < rows.length; i += batch) await vectorsOf(rows.slice(i, i + batch));
    },
    queryLatencies: notOffered,
    tokenCounts: async () => loaded.map((ids) => ids.length),
    async batchCosines(batch) {
      const cosines: number[] = [];
      for (let i = 0; i < loaded.length; i += batch) {
        const rows = loaded.slice(i, i + batch);
        const together = await vectorsOf(rows);
        for (const [j, ids] of rows.entries()) {
          const [alone] = await vectorsOf([ids]);
          cosines.push(together[j]?.reduce((sum, value, d) => sum + value * (alone?.[d] ?? 0), 0) ?? Number.NaN);
        }
      }
      return cosines;
    },
    close: async () => undefined,
  };
}
