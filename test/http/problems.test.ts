/** Bad input over HTTP: each fault has its own clear answer. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { problemOf } from '../support/wire.ts';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
});
afterAll(() => seeded.close());

const json = { 'content-type': 'application/json' };

it.each([
  ['a missing q', '/v1/search', 'q'],
  ['an empty q', '/v1/search?q=', 'q'],
  ['a q of blanks', '/v1/search?q=%20%20', 'q'],
  ['an over-long q', `/v1/search?q=${'x'.repeat(2_001)}`, 'q'],
  ['a q that is over-long with its blanks', `/v1/search?q=${'%20'.repeat(1_000)}${'x'.repeat(1_001)}`, 'q'],
  ['k of 0', '/v1/search?q=a&k=0', 'k'],
  ['k of 201', '/v1/search?q=a&k=201', 'k'],
  ['k that is no number', '/v1/search?q=a&k=ten', 'k'],
  ['an empty k', '/v1/search?q=a&k=', 'k'],
  ['an empty diversity, which is not 0', '/v1/search?q=a&diversity=', 'diversity'],
  ['an empty minScore, which is not 0', '/v1/search?q=a&minScore=', 'minScore'],
  ['a k of another base', '/v1/search?q=a&k=0x10', 'k'],
  ['half an author', '/v1/search?q=a&minAuthors=1.5', 'minAuthors'],
  ['an unknown mode', '/v1/search?q=a&mode=magic', 'mode'],
  ['a yes or no that is neither', '/v1/search?q=a&fold=maybe', 'fold'],
  ['a half-life of nothing', '/v1/search?q=a&recency=0.0d', 'recency'],
  ['a day that is none', '/v1/search?q=a&from=2023-02-29', 'from'],
  ['an unknown parameter', '/v1/search?q=a&kk=3', 'kk'],
  ['a cursor of nobody', '/v1/papers?cursor=abc', 'cursor'],
  ['k out of range for similar', '/v1/papers/x/similar?k=-1', 'k'],
  ['an id of control characters', '/v1/papers/%01', 'id'],
])('answers 400 and names the field for %s', async (_what, url, path) => {
  const problem = problemOf(await seeded.app.inject(url));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_input', type: 'urn:paperkin:problem:invalid_input' });
  expect(problem.errors?.map((issue) => issue.path)).toContain(path);
  expect(problem.detail).toContain(path);
});

it.each([
  ['no likes', '/v1/recommend', { like: [] }, 'like'],
  ['a like that is neither', '/v1/recommend', { like: [{ name: 'x' }] }, 'like.0'],
  ['a negative weight', '/v1/recommend', { like: [{ id: 'x', weight: -1 }] }, 'like.0.weight'],
  ['k as text', '/v1/search', { q: 'a', k: '3' }, 'k'],
  ['no texts', '/v1/embed', { texts: [] }, 'texts'],
  ['too many texts', '/v1/embed', { texts: Array.from({ length: 65 }, () => 'a') }, 'texts'],
  ['an unknown kind', '/v1/embed', { texts: ['a'], kind: 'poem' }, 'kind'],
  ['a date that is none', '/v1/papers', [{ title: 'T', publishedAt: '2023-02-30' }], '0.publishedAt'],
  ['a url that is no web address', '/v1/papers', [{ title: 'T', url: 'javascript:alert(1)' }], '0.url'],
])('answers 400 and names the field of a body with %s', async (_what, url, payload, path) => {
  const problem = problemOf(await seeded.app.inject({ method: 'POST', url, payload }));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_input' });
  expect(problem.errors?.map((issue) => issue.path)).toContain(path);
});

it('names an unknown id in a 404', async () => {
  for (const url of ['/v1/papers/no%2Fbody', '/v1/papers/no%2Fbody/similar']) {
    expect(problemOf(await seeded.app.inject(url))).toMatchObject({
      status: 404,
      code: 'paper_not_found',
      detail: expect.stringContaining('"no/body"'),
    });
  }
  const recommend = await seeded.app.inject({ method: 'POST', url: '/v1/recommend', payload: { like: [{ id: 'nobody' }] } });
  expect(problemOf(recommend)).toMatchObject({ status: 404, detail: expect.stringContaining('"nobody"') });
});

it('tells malformed JSON, a wrong content type, an empty and an over-large body apart', async () => {
  const post = async (headers: Record<string, string>, payload: string, url = '/v1/search') =>
    problemOf(await seeded.app.inject({ method: 'POST', url, headers, payload }));
  expect(await post(json, '{oops')).toMatchObject({ status: 400, code: 'malformed_json' });
  expect(await post(json, '')).toMatchObject({ status: 400, code: 'malformed_json' });
  expect(await post({ 'content-type': 'text/plain' }, 'hello')).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  expect(await post({ 'content-type': 'text/csv' }, 'a,b', '/v1/papers')).toMatchObject({
    status: 415,
    detail: expect.stringContaining('application/x-ndjson'),
  });
  expect(await post(json, ' '.repeat(seeded.config.bodyLimitBytes + 1))).toMatchObject({ status: 413, code: 'body_too_large' });
});

it('answers an unknown route and an address that cannot be decoded as problems', async () => {
  expect(problemOf(await seeded.app.inject('/v2/search'))).toMatchObject({ status: 404, code: 'route_not_found' });
  expect(problemOf(await seeded.app.inject('/v1/papers/%E0%A4%A'))).toMatchObject({ status: 400, code: 'bad_request' });
});

it('says which methods an address is served for', async () => {
  const wrong = await seeded.app.inject({ method: 'DELETE', url: '/v1/search', headers: json, payload: 'not even JSON' });
  expect(problemOf(wrong)).toMatchObject({
    status: 405,
    code: 'method_not_allowed',
    detail: 'DELETE is not served here: send GET, HEAD, POST',
  });
  expect(wrong.headers['allow']).toBe('GET, HEAD, POST');
  const inTheirWords = await seeded.app.inject({ method: 'PUT', url: '/graph/v1/paper/search' });
  expect(inTheirWords.statusCode).toBe(405);
  expect(inTheirWords.json()).toEqual({ error: 'PUT is not served here: send GET, HEAD' });
  // An address of nobody stays one, whatever the method.
  expect((await seeded.app.inject({ method: 'PUT', url: '/v2/search' })).statusCode).toBe(404);
});

it.each(['/v1/papers', '/v1/jobs', '/v1/recommend'])('answers 400 to POST %s without a body', async (url) => {
  const problem = problemOf(await seeded.app.inject({ method: 'POST', url }));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_input', detail: expect.stringContaining('body') });
});

it('answers headers that are too large, and what is not HTTP, as problems', async () => {
  const { port } = new URL(await seeded.app.listen({ host: '127.0.0.1', port: 0 }));
  const long = await fetch(`http://127.0.0.1:${port}/v1/search?q=${'x'.repeat(20_000)}`);
  expect([long.status, long.headers.get('content-type')]).toEqual([431, 'application/problem+json']);
  expect(await long.json()).toMatchObject({ status: 431, code: 'headers_too_large', detail: expect.stringContaining('16 KiB') });
  const socket = connect(Number(port), '127.0.0.1', () => socket.write('good day\r\n\r\n'));
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ status: 400, code: 'bad_request' });
});
