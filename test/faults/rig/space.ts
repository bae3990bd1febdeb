/** The embedding space of the bundled model, as the program knows it. */
import { join } from 'node:path';
import { PACKAGE_ROOT } from '#dist/config.js';
import { readManifest, spaceOf } from '#dist/embed/manifest.js';
import type { LiveIndexOptions } from '#dist/vectors/live-index.js';

export const BUNDLED_MODEL = join(PACKAGE_ROOT, 'models/paperkin-papers');

export function generationsOf(dataDir: string): string {
  return join(dataDir, 'generations');
}

/** What the service opens in a data folder. */
export async function indexOptions(dataDir: string): Promise<LiveIndexOptions> {
  const model = await readManifest(BUNDLED_MODEL);
  return { root: generationsOf(dataDir), space: spaceOf(model), dim: model.dim };
}
