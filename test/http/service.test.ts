/** What the service says of itself, vectors over HTTP, the documents and the page's files. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embedSchema, infoSchema } from '#dist/http/schemas.js';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { askedFor } from '../support/wire.ts';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
});
afterAll(() => seeded.close());

it('says what it holds', async () => {
  const info = infoSchema.parse((await seeded.app.inject('/v1/info')).json());
  expect(info).toMatchObject({ papers: 409, indexed: 409, pending: 0, degraded: null, space: seeded.services.embedder.space });
  expect(info.generation).toMatch(/^\d{8}T\d{9}Z-[0-9a-f]{8}$/);
});

it('is alive and ready', async () => {
  expect((await seeded.app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  expect((await seeded.app.inject('/readyz')).json()).toEqual({ status: 'ready', degraded: null });
});

it('tells Prometheus what it holds and what it has answered', async () => {
  await seeded.app.inject('/v1/search?q=metrics&k=1');
  await seeded.app.inject('/nobody/serves/this');
  const response = await seeded.app.inject('/metrics');
  expect(response.headers['content-type']).toContain('text/plain');
  const lines = response.body.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'paperkin_papers 409',
      'paperkin_index_papers 409',
      'paperkin_papers_pending 0',
      'paperkin_index_tombstones 0',
      'paperkin_degraded 0',
      'paperkin_jobs{state="processing"} 0',
      'paperkin_http_request_duration_seconds_count{method="GET",route="/v1/search",status="200"} 1',
      'paperkin_http_request_duration_seconds_count{method="GET",route="none",status="404"} 1',
    ]),
  );
  expect(response.body).toContain(`space="${seeded.services.embedder.space}"`);
  expect(response.body).toMatch(/^paperkin_stage_duration_seconds_count\{stage="search"\} 1$/m);
  expect(response.body).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
});

it('says that it is degraded while no generation can be written, and goes on answering', async () => {
  const { app, services, config, close } = await openSeededApp();
  const generations = join(config.dataDir, 'generations');
  await services.store.upsert([{ id: 'one-more', title: 'One more paper' }], 'merge');
  await services.indexer.sync();
  await rename(generations, `${generations}-away`);
  await writeFile(generations, 'a file where the folder was');
  await expect(services.indexer.publish()).rejects.toMatchObject({ code: 'store_unwritable' });
  expect((await app.inject('/readyz')).json()).toEqual({ status: 'degraded', degraded: expect.stringContaining(generations) });
  expect((await app.inject('/metrics')).body).toMatch(/^paperkin_degraded 1$/m);
  expect((await app.inject('/v1/papers/one-more/similar')).statusCode).toBe(200);
  await close();
});

it('embeds texts as the index sees them and says when one is too long', async () => {
  const payload = { texts: ['exact diffusion inversion', 'word '.repeat(600)], kind: 'query' };
  const response = await seeded.app.inject({ method: 'POST', url: '/v1/embed', payload });
  const { embeddings, dim, space } = embedSchema.parse(response.json());
  expect(embeddings.map(({ truncated }) => truncated)).toEqual([false, true]);
  expect(embeddings[1]?.tokens).toBe(602);
  for (const { vector } of embeddings) {
    expect(vector).toHaveLength(dim);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
  }
  const { results, space: searched } = askedFor(await seeded.app.inject('/v1/search?mode=dense&q=exact+diffusion+inversion&k=1'));
  expect(searched).toBe(space);
  const top = results[0];
  const [vector] = await seeded.services.index.vectors([top?.paper.id ?? '']);
  const cosine = (embeddings[0]?.vector ?? []).reduce((sum, value, i) => sum + value * (vector?.[i] ?? 0), 0);
  expect(cosine).toBeCloseTo(top?.score ?? 0, 4);
});

it('serves the OpenAPI document that is committed', async () => {
  const committed: unknown = JSON.parse(await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
  expect((await seeded.app.inject('/openapi.json')).json()).toEqual(committed);
});

it('serves the documentation and the page under a strict content security policy', async () => {
  expect((await seeded.app.inject('/docs/')).statusCode).toBe(200);
  for (const url of ['/', '/papers/any%2Fid']) {
    const response = await seeded.app.inject(url);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toContain('text/html');
    expect(response.headers['content-security-policy']).toContain("default-src 'self'");
  }
});

it('keeps browsers from showing data as a page', async () => {
  for (const url of ['/v1/search?q=a', '/v1/search?q=a&format=markdown', '/v1/papers/nobody', '/graph/v1/paper/nobody']) {
    expect((await seeded.app.inject(url)).headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
  }
});

it('does not serve files outside the page', async () => {
  for (const url of ['/../package.json', '/..%2f..%2fpackage.json', '/assets/../../package.json']) {
    expect((await seeded.app.inject(url)).statusCode).toBe(404);
  }
});
