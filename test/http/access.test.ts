/** Keys, scopes and origins: who may ask for what, on every route that there is. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createKey } from '#dist/api-keys.js';
import { loadConfig } from '#dist/config.js';
import { readAccessRule } from '#dist/http/access-rule.js';
import { API_KEYS, bearer, KEYS } from '../support/keys.ts';
import { openSeededApp, type SeededApp, tempDir } from '../support/seeded.ts';
import { problemOf } from '../support/wire.ts';

const METHODS = ['get', 'post', 'put', 'delete'] as const;
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ security: z.array(z.unknown()).optional() }))),
});

describe('a service with keys', () => {
  let seeded: SeededApp;
  beforeAll(async () => {
    seeded = await openSeededApp({ API_KEYS, CORS_ORIGINS: 'https://lab.example, http://localhost:5173/' });
  });
  afterAll(() => seeded.close());

  const statusOf = async (options: InjectOptions) => (await seeded.app.inject(options)).statusCode;

  async function documented() {
    const { paths } = documentSchema.parse((await seeded.app.inject('/openapi.json')).json());
    return Object.entries(paths).flatMap(([path, methods]) =>
      METHODS.flatMap((method) => {
        const route = methods[method];
        return route === undefined ? [] : [{ method: method.toUpperCase() as 'GET', path, needsKey: route.security !== undefined }];
      }),
    );
  }

  it('turns everybody without a key away from every route that is not said to be open', async () => {
    const routes = await documented();
    expect(routes.length).toBeGreaterThan(20);
    expect(routes.filter(({ needsKey }) => !needsKey).map(({ path }) => path)).toEqual(['/healthz', '/readyz', '/health']);
    for (const { method, path, needsKey } of routes) {
      const response = await seeded.app.inject({ method, url: path.replace(/\{\w+\}/g, 'x') });
      if (!needsKey) expect(response.statusCode, path).toBe(200);
      else {
        expect(response.headers['www-authenticate'], path).toBe('Bearer realm="paperkin"');
        expect(response.statusCode, path).toBe(401);
      }
    }
    expect(problemOf(await seeded.app.inject('/metrics')).code).toBe('unauthorized');
  });

  it('lets a key that reads ask in every way, and nothing else', async () => {
    const headers = bearer(KEYS.read);
    const asking: InjectOptions[] = [
      { url: '/v1/search?q=graphs&k=1' },
      { method: 'HEAD', url: '/v1/search?q=graphs&k=1' },
      { method: 'POST', url: '/v1/search', payload: { q: 'graphs', k: 1 } },
      { method: 'POST', url: '/v1/recommend', payload: { like: [{ text: 'graphs' }], k: 1 } },
      { method: 'POST', url: '/v1/embed', payload: { texts: ['graphs'] } },
      { method: 'POST', url: '/v1/papers/batch-get', payload: { ids: ['x'] } },
      { url: '/v1/papers?limit=1' },
      { url: '/v1/info' },
    ];
    for (const options of asking) expect(await statusOf({ ...options, headers }), options.url?.toString()).toBe(200);
    const [one] = (await seeded.app.inject({ url: '/v1/papers?limit=1', headers })).json<{ papers: { id: string }[] }>().papers;
    expect(await statusOf({ url: `/v1/papers/${one?.id}/similar?k=1`, headers })).toBe(200);

    for (const method of ['PUT', 'DELETE'] as const) {
      const problem = problemOf(
        await seeded.app.inject({ method, url: `/v1/papers/${one?.id}`, payload: { title: 'x' }, headers }),
      );
      expect(problem).toMatchObject({ status: 403, code: 'forbidden', detail: expect.stringContaining('"the-read-key"') });
    }
    expect(await statusOf({ method: 'POST', url: '/v1/papers', payload: [{ title: 'x' }], headers })).toBe(403);
    expect(await statusOf({ method: 'POST', url: '/v1/jobs', payload: { kind: 'compact' }, headers })).toBe(403);
    expect(await statusOf({ url: `/v1/papers/${one?.id}`, headers })).toBe(200);
  });

  it('lets a key that writes write, and one of an operator see and order work', async () => {
    const payload = [{ id: 'written', title: 'A paper that was written with a key' }];
    expect(await statusOf({ method: 'POST', url: '/v1/papers', payload, headers: bearer(KEYS.write) })).toBe(200);
    expect(await statusOf({ url: '/v1/jobs', headers: bearer(KEYS.write) })).toBe(403);
    expect(await statusOf({ url: '/metrics', headers: bearer(KEYS.write) })).toBe(403);
    expect(await statusOf({ method: 'DELETE', url: '/v1/papers/written', headers: bearer(KEYS.admin) })).toBe(204);
    expect(await statusOf({ url: '/v1/jobs', headers: bearer(KEYS.admin) })).toBe(200);
    expect(await statusOf({ url: '/metrics', headers: { 'x-api-key': KEYS.admin } })).toBe(200);
  });

  it.each([
    ['one that nobody made', { authorization: `Bearer ${createKey('other', 'admin').key}` }],
    ['a known one with another end', { authorization: `Bearer ${KEYS.read.slice(0, -1)}` }],
    ['the hash of a known one', { 'x-api-key': API_KEYS.split(':')[2]?.slice(0, 64) ?? '' }],
    ['something very long', { 'x-api-key': 'x'.repeat(5_000) }],
    ['no key at all', { authorization: 'Bearer ' }],
    ['a key in the wrong scheme', { authorization: `Basic ${KEYS.admin}` }],
  ])('does not take %s for a key', async (_what, headers) => {
    expect(problemOf(await seeded.app.inject({ url: '/v1/info', headers }))).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it('keeps the page, its files and the documents open, and an unknown route unknown', async () => {
    const html = (await seeded.app.inject('/')).body;
    const [, script = ''] = /src="(\/assets\/[^"]+)"/.exec(html) ?? [];
    for (const url of ['/', '/papers/x', script, '/favicon.svg', '/docs', '/docs/', '/openapi.json']) {
      expect(await statusOf({ url }), url).toBeLessThan(400);
    }
    expect(await statusOf({ url: '/v1/nothing' })).toBe(404);
  });

  it('turns a body away before it is read', async () => {
    const payload = ' '.repeat(seeded.config.bodyLimitBytes + 1);
    const headers = { 'content-type': 'application/json' };
    expect(await statusOf({ method: 'POST', url: '/v1/papers', payload, headers })).toBe(401);
    expect(await statusOf({ method: 'POST', url: '/v1/papers', payload, headers: { ...headers, ...bearer(KEYS.write) } })).toBe(
      413,
    );
  });

  it('lets pages of the listed origins call it, and no others', async () => {
    const preflight = (origin: string) =>
      seeded.app.inject({
        method: 'OPTIONS',
        url: '/v1/search',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    const allowed = await preflight('http://localhost:5173');
    expect(allowed.statusCode).toBe(204);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:5173',
      vary: expect.stringContaining('Origin'),
    });
    expect(allowed.headers['access-control-allow-headers']).toContain('authorization');
    expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
    // An answer is for this origin, in the form that was asked for.
    const headers = { origin: 'https://lab.example', ...bearer(KEYS.read) };
    const answer = await seeded.app.inject({ url: '/v1/search?q=diffusion', headers });
    expect(answer.statusCode).toBe(200);
    expect(String(answer.headers['vary']).split(', ').sort()).toEqual(['Accept', 'Origin']);
    // A page may read why it was turned away.
    const refused = await seeded.app.inject({ url: '/v1/info', headers: { origin: 'https://lab.example' } });
    expect(refused.statusCode).toBe(401);
    expect(refused.headers).toMatchObject({
      'access-control-allow-origin': 'https://lab.example',
      'access-control-expose-headers': expect.stringContaining('x-request-id'),
    });
  });
});

it('lets everybody read and key holders write where that is set', async () => {
  const { app, close } = await openSeededApp({ API_KEYS, ANONYMOUS: 'read' });
  const write = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/v1/papers', payload: [{ title: 'One more' }], headers });
  expect((await app.inject('/v1/info')).statusCode).toBe(200);
  expect(problemOf(await write({}))).toMatchObject({ status: 401, detail: expect.stringContaining('"write"') });
  expect((await write(bearer(KEYS.write))).statusCode).toBe(200);
  // A key for another service does no harm where none is needed, and is named where one is.
  expect((await app.inject({ url: '/v1/info', headers: bearer('hf_other') })).statusCode).toBe(200);
  expect(problemOf(await write(bearer('hf_other')))).toMatchObject({ status: 401, detail: expect.stringContaining('not known') });
  await close();
});

it('needs no key on loopback, takes no notice of one, and sends no permission to other origins', async () => {
  const { app, close } = await openSeededApp();
  const response = await app.inject({
    url: '/v1/info',
    headers: { ...bearer('hf_some-other-service'), origin: 'https://evil.example' },
  });
  expect(response.statusCode).toBe(200);
  expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  expect((await app.inject('/metrics')).statusCode).toBe(200);
  await close();
});

describe('the rule of access', () => {
  const rule = (env: Record<string, string>) => readAccessRule(loadConfig(env));

  it.each(['0.0.0.0', '::', '192.168.1.5', 'papers.example.org'])('refuses to serve everybody on %s by accident', async (HOST) => {
    await expect(rule({ HOST })).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('API_KEYS') });
    expect(await rule({ HOST, ANONYMOUS: 'read' })).toMatchObject({ anonymous: 'read', keys: [] });
    expect(await rule({ HOST, API_KEYS })).toMatchObject({ anonymous: 'none', keys: { length: 3 } });
  });

  it.each(['127.0.0.1', '127.8.9.1', '::1', 'localhost'])('lets everybody who reaches %s do everything', async (HOST) => {
    expect(await rule({ HOST })).toEqual({ anonymous: 'admin', keys: [] });
    expect(await rule({ HOST, API_KEYS })).toMatchObject({ anonymous: 'none' });
  });

  it('reads more keys from a file, with comments, and says where it is wrong without repeating what is there', async () => {
    const dir = await tempDir();
    const file = join(dir.path, 'keys.txt');
    const [first = '', second = ''] = API_KEYS.split(',');
    await writeFile(file, `# who may read\n${second} # until May\n\n`);
    expect((await rule({ API_KEYS: first, API_KEYS_FILE: file })).keys.map(({ name }) => name)).toEqual([
      'the-read-key',
      'the-write-key',
    ]);
    await writeFile(file, `${first}\npk_a-key-as-it-is\n`);
    const error = await rule({ API_KEYS_FILE: file }).catch((reason: Error) => reason);
    expect(error).toMatchObject({
      code: 'invalid_input',
      message: `${file}: entry 2 is not NAME:SCOPE:SHA256, as "paperkin keys create" prints it`,
    });
    await expect(rule({ API_KEYS_FILE: join(dir.path, 'none') })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(() => loadConfig({ API_KEYS: 'pk_secret' })).toThrow(/^API_KEYS: entry 1 is not/);
    await dir.remove();
  });
});
