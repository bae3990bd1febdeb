/** The library's ready-made way, over the same model files and with its own defaults: the peer to beat. */
import { basename, dirname } from 'node:path';
import { env, pipeline } from '@xenova/transformers';
import { latencies } from '../lib/measure.ts';
import { type Contender, notOffered } from './contender.ts';

export async function pipelineContender(modelDir: string): Promise<Contender> {
  env.allowRemoteModels = false;
  env.localModelPath = dirname(modelDir);
  const extract = await pipeline('feature-extraction', basename(modelDir), { quantized: true, local_files_only: true });
  const embed = (texts: string[]) => extract(texts, { pooling: 'mean', normalize: true });
  let loaded: readonly string[] = [];

  return {
    async load(given) {
      loaded = given;
    },
    async run({ batch, limit }) {
      const texts = loaded.slice(0, limit);
      for (let i = 0; i < texts.length; i += batch) await embed(texts.slice(i, i + batch));
    },
    queryLatencies: (queries) => latencies(queries, (query) => embed([query])),
    tokenCounts: notOffered,
    batchCosines: notOffered,
    close: async () => undefined,
  };
}
