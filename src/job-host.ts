/** Constructs what jobs work with: beside an open service or command, or alone in a process of their own. */
import { rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { activeModel, generationsOf } from './active-model.ts';
import type { Config } from './config.ts';
import type { Embedder } from './embed/embedder.ts';
import { type ModelManifest, readModel } from './embed/manifest.ts';
import { PooledEmbedder } from './embed/pooled-embedder.ts';
import { applyChanges } from './jobs/apply-changes.ts';
import type { GenerationRef, JobTools } from './jobs/job-tools.ts';
import { storeChoice } from './models/model-choice.ts';
import { findModel } from './models/model-library.ts';
import type { JobStore } from './papers/job-store.ts';
import type { PaperStore } from './papers/paper-store.ts';
import { openThreadedStores } from './papers/threaded-stores.ts';
import { lockForWriting } from './papers/writer-lock.ts';
import { databaseFile } from './services.ts';
import { describeGeneration, generationPath, listGenerations, switchGeneration, verifyGeneration } from './vectors/generation.ts';
import { HnswIndex } from './vectors/hnsw-index.ts';
import { writeHnswGeneration } from './vectors/live-index.ts';

export interface ToolParts {
  store: PaperStore;
  /** Of the model that is served, where one is open already; it is left open. */
  embedder?: Embedder;
  catchUp?: () => Promise<void>;
}

/** The embedders that were opened on the way are closed by `close`. */
export function createJobTools(config: Config, { store, embedder, catchUp }: ToolParts): JobTools & { close(): Promise<void> } {
  const root = generationsOf(config.dataDir);
  const opened = new Map<string, Promise<Embedder>>();

  function open(dir: string, manifest: ModelManifest): Promise<Embedder> {
    const known = opened.get(dir);
    if (known !== undefined) return known;
    const { embedProcesses: processes, embedQueueTokens: maxWaitingTokens } = config;
    const opening = PooledEmbedder.open(dir, { processes, maxWaitingTokens, model: manifest });
    opened.set(dir, opening);
    return opening;
  }

  /** As the model library names it; a folder that has no name by its path. */
  const names = new Map<string, string>();

  async function served(): Promise<GenerationRef | undefined> {
    const [id] = await listGenerations(root);
    return id === undefined ? undefined : refOf(await describeGeneration(root, id));
  }

  return {
    store,
    stdin: process.stdin,
    served,
    async embedder() {
      if (embedder !== undefined) return embedder;
      const { name, dir, model, space } = await activeModel(config, () => store.spaces());
      names.set(space, name);
      return open(dir, model);
    },
    async embedderOf(model) {
      const { name, dir } = await findModel(config.dataDir, model);
      const found = await open(dir, await readModel(dir));
      names.set(found.space, name);
      return found;
    },
    async previousSpace() {
      const current = await served();
      for (const id of await listGenerations(root)) {
        const ref = await verifyGeneration(root, id).then(refOf, () => undefined);
        if (ref !== undefined && ref.space !== current?.space) return ref;
      }
      return undefined;
    },
    async buildGeneration({ space: id, model: { dim, name } }, onProgress) {
      const { papers } = await store.counts();
      const index = new HnswIndex(dim, { capacity: papers });
      // Half of the work is the graph, half the neighbours that are kept ready of each paper.
      const { revision, changes } = await applyChanges(index, store, { id, dim }, 0, (done) => onProgress(Math.floor(done / 2)));
      for (let kept = 0; await index.keepOne(); ) if (++kept % 64 === 0) await onProgress(Math.floor((changes + kept) / 2));
      const model = names.get(id) ?? name;
      return refOf(await writeHnswGeneration(root, index, { space: id, dim, model, revision }));
    },
    async switchTo({ id, space, model }) {
      const before = await served();
      // First: a process that dies in between leaves a wish that the same command fulfils, not a choice that contradicts the vectors.
      if (model !== undefined && before?.space !== space) await storeChoice(config.dataDir, model);
      await switchGeneration(root, id);
    },
    drop: ({ id }) => rm(generationPath(root, id), { recursive: true }),
    async openGeneration({ id }) {
      const manifest = await verifyGeneration(root, id);
      return HnswIndex.load(generationPath(root, id), manifest.dim, manifest);
    },
    evalFolder: (name) => (isAbsolute(name) ? name : join(config.dataDir, 'evals', name)),
    catchUp: catchUp ?? (async () => undefined),
    async close() {
      for (const opening of await Promise.allSettled(opened.values())) {
        if (opening.status === 'fulfilled') await opening.value.close();
      }
    },
  };
}

function refOf({ id, space, model }: { id: string; space: string; model?: string | undefined }): GenerationRef {
  return { id, space, model };
}

export interface JobHost {
  jobs: JobStore;
  tools: JobTools;
  close(): Promise<void>;
}

/**
 * Opens a data folder for jobs alone, without an index that serves.
 * @param lock false in a process whose parent holds the writer lock.
 * @throws AppError `data_folder_in_use`, `store_invalid`.
 */
export async function openJobHost(config: Config, { lock = true } = {}): Promise<JobHost> {
  const held = lock ? lockForWriting(config.dataDir, 'command') : undefined;
  try {
    const { papers, jobs, close } = await openThreadedStores(databaseFile(config));
    const tools = createJobTools(config, { store: papers });
    return {
      jobs,
      tools,
      async close() {
        await tools.close();
        await close();
        held?.release();
      },
    };
  } catch (error) {
    held?.release();
    throw error;
  }
}
