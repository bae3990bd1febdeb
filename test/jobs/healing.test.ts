// What the indexer does again by itself: a damaged generation, one that could not be written, a sync that failed.
import { rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '#dist/config.js';
import type { Embedder } from '#dist/embed/embedder.js';
import { AppError } from '#dist/errors.js';
import { createIndexer } from '#dist/jobs/indexer.js';
import { openServices, type Services } from '#dist/services.js';
import { copySeeded, type TempDir } from '../support/seeded.ts';

let dir: TempDir;
let opened: Services[] = [];
beforeEach(async () => {
  dir = await copySeeded();
});
afterEach(async () => {
  await Promise.all(opened.map((services) => services.close()));
  opened = [];
  await dir.remove();
});

async function open(): Promise<Services> {
  const services = await openServices(loadConfig({ DATA_DIR: dir.path, LOG_LEVEL: 'silent', EMBED_PROCESSES: '1' }));
  opened.push(services);
  return services;
}

async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((services) => services.close()));
}

const generations = () => join(dir.path, 'generations');

it('writes a whole generation in place of a damaged one, also when it fell back to one of the same revision', async () => {
  const first = await open();
  const { indexer, index, store } = first;
  // As a rebuild does: another generation that holds no other change.
  await index.publish(await store.revision());
  const { generation } = await index.status();
  expect(indexer.generation.revision).toBe(await store.revision());
  await closeAll();
  await truncate(join(generations(), generation ?? '', 'graph.hnsw'), 100);

  const second = await open();
  expect(second.indexer.generation.degraded).toContain('graph.hnsw');
  expect(await second.indexer.sync()).toMatchObject({ embedded: 0, applied: 0 });
  await second.indexer.heal();
  expect(second.indexer.generation).toMatchObject({ degraded: null });
  await closeAll();
  const third = await open();
  expect(third.indexer.generation).toEqual({
    ...second.indexer.generation,
    generation: expect.not.stringMatching(`^${generation}$`),
  });
  expect((await third.index.stats()).count).toBe(409);
});

it('says why a generation could not be written, and writes it when it can be', async () => {
  const { store, indexer } = await open();
  await store.upsert([{ id: 'one-more', title: 'One more paper' }], 'merge');
  await indexer.sync();
  await rename(generations(), `${generations()}-away`);
  await writeFile(generations(), 'a file where the folder was');
  await expect(indexer.publish()).rejects.toMatchObject({ code: 'store_unwritable' });
  expect(indexer.generation.degraded).toContain(generations());
  await expect(indexer.heal()).rejects.toMatchObject({ code: 'store_unwritable' });
  await rm(generations());
  await rename(`${generations()}-away`, generations());
  await indexer.heal();
  expect(indexer.generation).toMatchObject({ degraded: null, revision: await store.revision() });
});

it('embeds what a failed sync left, though nobody writes any more', async () => {
  const { store, embedder, index } = await open();
  let failures = 1;
  const failing: Embedder = {
    model: embedder.model,
    space: embedder.space,
    embed: (texts, options) =>
      failures-- > 0 ? Promise.reject(new AppError('embedding_failed', 'not now')) : embedder.embed(texts, options),
    embedSpans: (texts, options) => embedder.embedSpans(texts, options),
    tokenize: (texts, options) => embedder.tokenize(texts, options),
    close: () => embedder.close(),
  };
  const indexer = await createIndexer({ store, embedder: failing, index });
  await store.upsert([{ id: 'one-more', title: 'One more paper' }], 'merge');
  await expect(indexer.sync()).rejects.toMatchObject({ code: 'embedding_failed' });
  await indexer.heal();
  expect(await store.counts({ id: embedder.space, dim: embedder.model.dim })).toMatchObject({ pending: 0 });
  expect((await index.vectors(['one-more']))[0]).toHaveLength(embedder.model.dim);
});

it("takes its own generation, while it is published, for no other process's", async () => {
  const services = await open();
  const { indexer, refresh, store } = services;
  for (let round = 0; round < 20; round++) {
    await store.upsert([{ id: `own-${round}`, title: `Own paper ${round}` }], 'replace');
    await indexer.sync();
    let published = false;
    const publishing = indexer.publish().finally(() => {
      published = true;
    });
    while (!published) expect(await refresh()).toBe(false);
    await publishing;
  }
});
