/** Embeds the seed corpus once for the whole run; test files work on copies of the folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { loadConfig } from '#dist/config.js';
import { importSeeds } from '#dist/jobs/import-seeds.js';
import { openServices, SEED_CORPUS } from '#dist/services.js';

declare module 'vitest' {
  export interface ProvidedContext {
    seededDataDir: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'paperkin-seeded-'));
  const services = await openServices(loadConfig({ DATA_DIR: dataDir }));
  await importSeeds(services, SEED_CORPUS, () => undefined);
  await services.indexer.sync();
  await services.index.keepAll();
  await services.indexer.publish();
  await services.close();
  project.provide('seededDataDir', dataDir);
  return () => rm(dataDir, { recursive: true, force: true });
}
