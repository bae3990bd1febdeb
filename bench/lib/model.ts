import { availableParallelism } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { loadConfig, PACKAGE_ROOT } from '#dist/config.js';
import type { Embedder } from '#dist/embed/embedder.js';
import { readModel, spaceOf } from '#dist/embed/manifest.js';
import { PooledEmbedder } from '#dist/embed/pooled-embedder.js';
import { defaultModel, findModel } from '#dist/models/model-library.js';

/** The bundled model's name: what was chosen for a data folder does not change a bench. */
export const DEFAULT_MODEL = defaultModel().name;

/** The folder of a model that is given by its name or as a folder, as the service finds it. */
export async function modelDirOf(model: string): Promise<string> {
  return (await findModel(loadConfig(process.env).dataDir, model)).dir;
}

/** Of all-MiniLM-L6-v2 in int8, the model that ours is measured against; not in the repository. */
export const PEER_MODEL = join(PACKAGE_ROOT, 'index/models/all-MiniLM-L6-v2');

/** Said where a folder is not there: what is left out, and how to make it. */
export function missingModel(what: string, dir: string): string {
  return `${what} is left out: ${shownPath(dir)} holds no model; models/train/README.md says how to make it`;
}

/** A path for people and result files: seen from the package, no folder of this machine above it. */
export function shownPath(path: string): string {
  const seen = relative(PACKAGE_ROOT, resolve(path));
  return isAbsolute(seen) || seen.startsWith('..') ? seen.replace(/^.*[\\/]/, '') : seen;
}

/** One process for each core; a bench never meets the interactive queue's limit. */
export async function openPool(model: string, processes = availableParallelism()): Promise<PooledEmbedder> {
  return PooledEmbedder.open(await modelDirOf(model), { processes, maxWaitingTokens: 1e9 });
}

/** As `openPool`, but no process starts before there is something to embed. */
export async function lazyPool(modelDir: string): Promise<Embedder> {
  const model = await readModel(modelDir);
  let pool: Promise<PooledEmbedder> | undefined;
  return {
    model,
    space: spaceOf(model),
    async embed(texts, options) {
      pool ??= openPool(modelDir);
      return (await pool).embed(texts, options);
    },
    async embedSpans(texts, options) {
      pool ??= openPool(modelDir);
      return (await pool).embedSpans(texts, options);
    },
    async tokenize(texts, options) {
      pool ??= openPool(modelDir);
      return (await pool).tokenize(texts, options);
    },
    close: async () => (await pool)?.close(),
  };
}
