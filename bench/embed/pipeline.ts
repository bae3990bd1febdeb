/** The libraries' ready-made ways, with their own defaults: `@xenova/transformers`, and its newest successor from index/bench. */
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { env, pipeline } from '@xenova/transformers';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { latencies } from '../lib/measure.ts';
import { type Contender, notOffered } from './contender.ts';

const SUCCESSOR = join(PACKAGE_ROOT, 'index/bench/node/node_modules/@huggingface/transformers/dist/transformers.node.mjs');

type Embed = (texts: string[]) => Promise<unknown>;
const POOLED = { pooling: 'mean', normalize: true } as const;

/** The part of `@huggingface/transformers` 4 that is used; it is installed beside the package, if at all. */
const successorSchema = z.object({
  env: z.custom<{ allowRemoteModels: boolean; localModelPath: string }>((value) => typeof value === 'object'),
  pipeline: z.custom<
    (task: string, model: string, options: object) => Promise<(texts: string[], options: object) => Promise<unknown>>
  >((value) => typeof value === 'function'),
});

/** @param quantized the graph in int8, else in fp32. */
export async function pipelineContender(modelDir: string, { quantized }: { quantized: boolean }): Promise<Contender> {
  env.allowRemoteModels = false;
  env.localModelPath = dirname(modelDir);
  const extract = await pipeline('feature-extraction', basename(modelDir), { quantized, local_files_only: true });
  return contender((texts) => extract(texts, POOLED));
}

/** Always int8. */
export async function successorContender(modelDir: string): Promise<Contender> {
  const library = successorSchema.parse(await import(pathToFileURL(SUCCESSOR).href));
  library.env.allowRemoteModels = false;
  library.env.localModelPath = dirname(modelDir);
  const extract = await library.pipeline('feature-extraction', basename(modelDir), { dtype: 'q8', local_files_only: true });
  return contender((texts) => extract(texts, POOLED));
}

function contender(embed: Embed): Contender {
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
