/** The models that are compared, each from its folder; one that is not there is left out and said. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PACKAGE_ROOT } from '#dist/config.js';
import type { Embedder } from '#dist/embed/embedder.js';
import { lazyPool, missingModel, modelDirOf, shownPath } from '../lib/model.ts';
import { say } from '../lib/progress.ts';
import type { Row } from '../lib/table.ts';

/** Systems that are a model as it is. */
export const MODEL_SYSTEMS = ['minilm', 'minilm fp32', 'ours', 'ours fp32'] as const;
export type ModelSystem = (typeof MODEL_SYSTEMS)[number];

export interface BenchModel {
  system: ModelSystem;
  dir: string;
  embedder: Embedder;
  /** What its manifest names, and its card where there is one. */
  sizeBytes: number;
}

export interface ModelFolders {
  model: string;
  fp32?: string | undefined;
  peer: string;
  peerFp32: string;
}

/** `ours` must be there. The caller closes the embedders. */
export async function openModels({ model, fp32, peer, peerFp32 }: ModelFolders): Promise<BenchModel[]> {
  const ours = await openModel('ours', await modelDirOf(model));
  const dirs = {
    minilm: peer,
    'minilm fp32': peerFp32,
    'ours fp32': fp32 ?? join(PACKAGE_ROOT, 'index/models', `${ours.embedder.model.name}-fp32`),
  };
  const models: BenchModel[] = [];
  for (const system of MODEL_SYSTEMS) {
    const dir = system === 'ours' ? ours.dir : resolve(dirs[system]);
    if (system === 'ours') models.push(ours);
    else if (existsSync(join(dir, 'manifest.json'))) models.push(await openModel(system, dir));
    else say(missingModel(`"${system}"`, dir));
  }
  return models;
}

/** The folder must hold a model; the caller closes its embedder. */
export async function openModel(system: ModelSystem, dir: string): Promise<BenchModel> {
  const embedder = await lazyPool(dir);
  const ofFiles = Object.values(embedder.model.files).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const card = join(dir, 'README.md');
  return { system, dir, embedder, sizeBytes: ofFiles + (existsSync(card) ? (await stat(card)).size : 0) };
}

/** For the result file. */
export function modelRows(models: readonly BenchModel[]): Row[] {
  return models.map(({ system, dir, embedder: { model, space }, sizeBytes }) => ({
    system,
    name: model.name,
    folder: shownPath(dir),
    space,
    precision: model.precision,
    dim: model.dim,
    maxTokens: model.maxTokens,
    sizeBytes,
  }));
}
