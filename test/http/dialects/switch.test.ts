/** Which dialects are answered is a setting. */
import { expect, it } from 'vitest';
import { loadConfig } from '#dist/config.js';
import { openSeededApp } from '../../support/seeded.ts';

const ROUTES = {
  'semantic-scholar': { method: 'GET', url: '/graph/v1/paper/search?query=a' },
  'hugging-face': { method: 'GET', url: '/api/papers/search?q=a' },
  openai: { method: 'POST', url: '/v1/embeddings', payload: { input: 'a' } },
  tei: { method: 'GET', url: '/info' },
  mcp: { method: 'POST', url: '/mcp', payload: { jsonrpc: '2.0', id: 1, method: 'tools/list' } },
} as const;

it('answers all unless it is told which', () => {
  expect(loadConfig({}).dialects).toEqual(Object.keys(ROUTES));
  expect(loadConfig({ DIALECTS: 'none' }).dialects).toEqual([]);
  expect(loadConfig({ DIALECTS: ' tei , openai' }).dialects).toEqual(['tei', 'openai']);
  for (const DIALECTS of ['klingon', 'tei,', 'none,tei']) {
    expect(() => loadConfig({ DIALECTS })).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  }
});

it('answers those that are switched on and no other, whose addresses are nobody else’s then', async () => {
  const { app, close } = await openSeededApp({ DIALECTS: 'openai,semantic-scholar' });
  const statuses = new Map<string, number>();
  for (const [name, request] of Object.entries(ROUTES)) statuses.set(name, (await app.inject(request)).statusCode);
  expect(Object.fromEntries(statuses)).toEqual({ 'semantic-scholar': 200, openai: 200, 'hugging-face': 404, tei: 404, mcp: 404 });
  const problem = await app.inject('/api/papers/search?q=a');
  expect(problem.headers['content-type']).toBe('application/problem+json');
  // The page alone is there.
  expect((await app.inject({ method: 'POST', url: '/', payload: { inputs: 'a' } })).statusCode).toBe(405);
  expect((await app.inject('/')).statusCode).toBe(200);
  await close();
});
