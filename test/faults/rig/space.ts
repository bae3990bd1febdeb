/** Embedding spaces and generations of a data folder, as the program knows them. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '#dist/config.js';
import { MANIFEST_FILE, readManifest, spaceOf } from '#dist/embed/manifest.js';
import { describeGeneration, listGenerations } from '#dist/vectors/generation.js';
import type { LiveIndexOptions } from '#dist/vectors/live-index.js';

export const BUNDLED_MODEL = join(PACKAGE_ROOT, 'models/paperkin-papers');

export function generationsOf(dataDir: string): string {
  return join(dataDir, 'generations');
}

/** Spaces of the generations, that of the current one first. */
export async function spacesOnDisk(dataDir: string): Promise<string[]> {
  const root = generationsOf(dataDir);
  return Promise.all((await listGenerations(root)).map(async (id) => (await describeGeneration(root, id)).space));
}

export const TWIN = 'twin';

/**
 * A second model in a data folder: the bundled one, which is given papers in another way. Its vectors are near those of
 * the bundled one and not the same, so that a mixture shows; each `word` is a space of its own.
 * @returns its folder.
 */
export async function placeTwin(dataDir: string, word: string): Promise<string> {
  const dir = join(dataDir, 'models', TWIN);
  await cp(BUNDLED_MODEL, dir, { recursive: true });
  const manifest = { ...(await readManifest(dir)), name: TWIN, paperTemplate: `${word}: {abstract} {title}` };
  await writeFile(join(dir, MANIFEST_FILE), JSON.stringify(manifest));
  return dir;
}

/** What the service opens in a data folder for the model in `modelDir`. */
export async function indexOptions(dataDir: string, modelDir: string): Promise<LiveIndexOptions> {
  const model = await readManifest(modelDir);
  return { root: generationsOf(dataDir), space: spaceOf(model), dim: model.dim };
}
