// Covers keys, scopes and limits at the dialects, each in its own words.
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEYS, bearer, KEYS } from '../../support/keys.ts';
import { openSeededApp, type SeededApp } from '../../support/seeded.ts';

const DIALECTS: { name: string; ask: InjectOptions; body: object; body429: object }[] = [
  {
    name: 'Semantic Scholar',
    ask: { url: '/graph/v1/paper/search?query=graphs' },
    body: { error: expect.stringContaining('Authorization: Bearer') },
    body429: { message: expect.stringContaining('a minute'), code: '429' },
  },
  {
    name: 'Hugging Face',
    ask: { url: '/api/papers/search?q=graphs' },
    body: { error: expect.stringContaining('Authorization: Bearer') },
    body429: { error: expect.stringContaining('a minute') },
  },
  {
    name: 'OpenAI',
    ask: { method: 'POST', url: '/v1/embeddings', payload: { input: 'graphs', model: 'any' } },
    body: { error: { type: 'invalid_request_error', code: 'invalid_api_key' } },
    body429: { error: { type: 'requests', code: 'rate_limit_exceeded' } },
  },
  {
    name: 'TEI',
    ask: { method: 'POST', url: '/embed', payload: { inputs: 'graphs' } },
    body: { error: expect.stringContaining('Authorization: Bearer'), error_type: 'validation' },
    body429: { error: expect.stringContaining('a minute'), error_type: 'overloaded' },
  },
  {
    name: 'MCP',
    ask: { method: 'POST', url: '/mcp', payload: { jsonrpc: '2.0', id: 1, method: 'tools/list' } },
    body: { jsonrpc: '2.0', error: { message: expect.stringContaining('Authorization: Bearer') }, id: null },
    body429: { jsonrpc: '2.0', error: { message: expect.stringContaining('a minute') }, id: null },
  },
];

describe('the dialects of a service with keys', () => {
  let seeded: SeededApp;
  beforeAll(async () => {
    seeded = await openSeededApp({ API_KEYS });
  });
  afterAll(() => seeded.close());

  it.each(DIALECTS)('$name: a key that reads may ask, nobody else may', async ({ ask, body }) => {
    const refused = await seeded.app.inject(ask);
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="paperkin"');
    expect(refused.json()).toMatchObject(body);
    expect((await seeded.app.inject({ ...ask, headers: bearer(KEYS.read) })).statusCode).toBe(200);
    expect((await seeded.app.inject({ ...ask, headers: { 'x-api-key': KEYS.read } })).statusCode).toBe(200);
  });
});

describe('the dialects of a service with a limit of requests', () => {
  let seeded: SeededApp;
  beforeAll(async () => {
    seeded = await openSeededApp({ RATE_LIMIT: '1' });
  });
  afterAll(() => seeded.close());

  it.each(DIALECTS)('$name: too many requests are refused in its words', async ({ ask, body429 }) => {
    const answers = [await seeded.app.inject(ask), await seeded.app.inject(ask)];
    const refused = answers.at(-1);
    expect(refused?.statusCode).toBe(429);
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused?.headers['ratelimit']).toMatch(/r=0;t=\d+/);
    expect(refused?.json()).toMatchObject(body429);
  });
});
