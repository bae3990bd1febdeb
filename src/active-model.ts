/** Which model a data folder is served with: the one whose vectors its index holds, whatever else is asked for. */
import { join } from 'node:path';
import type { Config } from './config.ts';
import { type ModelManifest, readManifest, readModel, spaceOf } from './embed/manifest.ts';
import { AppError } from './errors.ts';
import { chooseModel } from './models/model-choice.ts';
import { findModel, type ModelPlace, namedModels } from './models/model-library.ts';
import type { StoredSpace } from './papers/paper-store.ts';
import { describeGeneration, listGenerations } from './vectors/generation.ts';

export interface ActiveModel {
  name: string;
  dir: string;
  model: ModelManifest;
  space: string;
  /** What to run where another model was asked for than the vectors are of; null where they agree. */
  notice: string | null;
}

/** Folder of the index generations of a data folder. */
export function generationsOf(dataDir: string): string {
  return join(dataDir, 'generations');
}

/**
 * Two models' vectors never meet, and nothing is embedded again unasked: a folder whose vectors are of another model
 * than the one asked for is served with theirs.
 * @param storedSpaces asked for only where no generation says what the vectors are of.
 * @throws AppError `space_mismatch` that says what to run when that model is gone, `model_invalid`, `invalid_input`.
 */
export async function activeModel(config: Config, storedSpaces: () => Promise<StoredSpace[]>): Promise<ActiveModel> {
  const asked = await withSpace(await chooseModel(config));
  const served = (await servedSpace(config.dataDir)) ?? vectorSpace(await storedSpaces(), asked.space);
  if (served === undefined || served.space === asked.space) return { ...asked, notice: null };
  const migrate = `"paperkin migrate --model ${asked.name} --cutover"`;
  const place = await findBySpace(config.dataDir, served);
  if (place === undefined) {
    throw new AppError(
      'space_mismatch',
      `the vectors in ${config.dataDir} are of ${served.model ?? 'a model'} (space ${served.space}), which is not here any more, ` +
        `and not of ${asked.name} (space ${asked.space}): run ${migrate}, or put the model back`,
    );
  }
  const notice = `the papers have vectors of ${place.name}, not of ${asked.name}: ${migrate} changes over`;
  return { ...(await withSpace(place)), notice };
}

interface ServedSpace {
  space: string;
  /** As the generation names it; what was written before it did does not. */
  model?: string | undefined;
}

/** Of the current generation, or the newest one that can be read. */
async function servedSpace(dataDir: string): Promise<ServedSpace | undefined> {
  const root = generationsOf(dataDir);
  for (const id of await listGenerations(root)) {
    const manifest = await describeGeneration(root, id).catch((error: unknown) => {
      // A damaged one is reported where it is opened; here the next one says it as well.
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

/** Where no generation says it: the space asked for if the store has vectors in it, else the one with the most. */
function vectorSpace(spaces: readonly StoredSpace[], asked: string): ServedSpace | undefined {
  const filled = spaces.filter(({ vectors }) => vectors > 0);
  if (filled.some(({ id }) => id === asked)) return { space: asked };
  const [most] = filled;
  return most === undefined ? undefined : { space: most.id };
}

/** A model that is here and makes vectors of the space. */
async function findBySpace(dataDir: string, { space, model }: ServedSpace): Promise<ModelPlace | undefined> {
  const places = await namedModels(dataDir);
  if (model !== undefined && !places.some(({ name }) => name === model)) {
    const elsewhere = await findModel(dataDir, model).catch(() => undefined);
    if (elsewhere !== undefined) places.push(elsewhere);
  }
  for (const place of places) {
    // A folder that cannot be read is not the one; `models verify` says what is wrong with it.
    const manifest = await readManifest(place.dir).catch(() => undefined);
    if (manifest !== undefined && spaceOf(manifest) === space) return place;
  }
  return undefined;
}

async function withSpace({ name, dir }: ModelPlace): Promise<Omit<ActiveModel, 'notice'>> {
  const model = await readModel(dir);
  return { name, dir, model, space: spaceOf(model) };
}
