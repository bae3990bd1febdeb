/** What nobody may use up: requests a minute, time for an answer, room in the queue, and connections held open by slow clients. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEYS, bearer, KEYS } from '../support/keys.ts';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { problemOf } from '../support/wire.ts';

/** Each of them is a piece of work of its own. */
const LONG_TEXTS = Array.from({ length: 64 }, (_, i) => `word${i} `.repeat(400));

describe('a limit of requests a minute', () => {
  let seeded: SeededApp;
  beforeAll(async () => {
    seeded = await openSeededApp({ API_KEYS, ANONYMOUS: 'read', RATE_LIMIT: '3', TRUST_PROXY: '10.0.0.0/8' });
  });
  afterAll(() => seeded.close());

  const ask = (from: string, headers: Record<string, string> = {}, url = '/v1/papers?limit=1') =>
    seeded.app.inject({ url, remoteAddress: from, headers });

  it('holds for each address, says how much is left, and when to come again', async () => {
    const answers = [await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429]);
    expect(answers[0]?.headers).toMatchObject({ 'ratelimit-policy': '"default";q=3;w=60', ratelimit: '"default";r=2;t=60' });
    const last = answers[3];
    if (last === undefined) throw new Error('no answer');
    expect(problemOf(last)).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('3 times a minute') });
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(50);
    expect((await ask('192.0.2.2')).statusCode).toBe(200);
    // What nobody serves counts too.
    expect((await ask('192.0.2.1', {}, '/nothing')).statusCode).toBe(429);
  });

  it('holds for each key, from wherever it comes, and not for probes and the page', async () => {
    const statuses = [];
    for (const from of ['192.0.2.10', '192.0.2.11', '192.0.2.12', '192.0.2.13']) {
      statuses.push((await ask(from, bearer(KEYS.read))).statusCode);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await ask('192.0.2.10', bearer(KEYS.write))).statusCode).toBe(200);
    for (let i = 0; i < 5; i++) {
      for (const url of ['/healthz', '/readyz', '/']) expect((await ask('192.0.2.14', {}, url)).statusCode).toBe(200);
    }
  });

  it('counts a household of IPv6 as one, and believes a proxy only where it is told to', async () => {
    const statuses = async (requests: [string, Record<string, string>?][]) => {
      const found = [];
      for (const [from, headers] of requests) found.push((await ask(from, headers)).statusCode);
      return found;
    };
    const household = [1, 2, 3, 4].map((i): [string] => [`2001:db8:1:2::${i}`]);
    expect(await statuses([...household, ['2001:db8:1:3::1']])).toEqual([200, 200, 200, 429, 200]);
    const through = (proxy: string) =>
      [1, 2, 3, 4].map((i): [string, Record<string, string>] => [proxy, { 'x-forwarded-for': `198.51.100.${i}` }]);
    expect(await statuses(through('10.1.2.3'))).toEqual([200, 200, 200, 200]);
    expect(await statuses(through('203.0.113.9'))).toEqual([200, 200, 200, 429]);
  });
});

describe('a service with short limits', () => {
  const CLIENT_TIMEOUT_MS = 1_000;
  const REQUEST_TIMEOUT_MS = 2_500;
  /** On a machine that has other things to do. */
  const patience = { timeout: 10_000, interval: 10 };
  let seeded: SeededApp;
  let port: number;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    seeded = await openSeededApp({
      CLIENT_TIMEOUT_MS: String(CLIENT_TIMEOUT_MS),
      REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
      EMBED_QUEUE_TOKENS: '200',
    });
    port = Number(new URL(await seeded.app.listen({ host: '127.0.0.1', port: 0 })).port);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await seeded.close();
  });

  /** A connection, everything that came on it, and how long it was held. */
  async function open(first: string) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    const start = performance.now();
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    socket.on('error', () => undefined);
    const closed = once(socket, 'close').then(() => performance.now() - start);
    socket.write(first);
    return { socket, closed, received: () => received };
  }
  const head = (method: string, path: string, ...headers: string[]) =>
    `${[`${method} ${path} HTTP/1.1`, 'Host: test', ...headers].join('\r\n')}\r\n\r\n`;
  const waiting = () => seeded.services.embedder.waiting;
  const inject = async (options: InjectOptions | string) => seeded.app.inject(options);
  const post = (url: string, payload: object) => inject({ method: 'POST', url, payload });
  /** Nothing is embedded until it is called. */
  function stopEmbedding(): () => void {
    const { pids } = seeded.services.embedder;
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    return () => {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    };
  }

  it('gives an answer up when its time is over, and drops the work', async () => {
    const goOn = stopEmbedding();
    const start = performance.now();
    const response = await post('/v1/embed', { texts: LONG_TEXTS });
    expect(performance.now() - start).toBeGreaterThan(REQUEST_TIMEOUT_MS - 10);
    expect(problemOf(response)).toMatchObject({ status: 503, code: 'timed_out', detail: expect.stringContaining('2500 ms') });
    expect(response.headers['retry-after']).toBe('1');
    expect(waiting().batch).toEqual({ texts: 0, tokens: 0 });
    goOn();
  });

  it('does not give up what writes', async () => {
    const goOn = stopEmbedding();
    const start = performance.now();
    const written = post('/v1/papers?wait=true', [{ id: 'slow', title: 'A slow paper' }]);
    await sleep(REQUEST_TIMEOUT_MS + 300);
    goOn();
    expect((await written).json()).toMatchObject({ new: 1, indexed: true });
    expect(performance.now() - start).toBeGreaterThan(REQUEST_TIMEOUT_MS);
  });

  it('answers 429 with the time to come again when too much waits, whichever route asks', async () => {
    const goOn = stopEmbedding();
    const texts = Array.from({ length: 8 }, (_, i) => `a text of some length, number ${i}, that has to wait for its turn`);
    const asked = texts.flatMap((text) => [
      post('/v1/embed', { texts: [text], kind: 'query' }),
      inject(`/v1/search?mode=dense&k=1&q=${encodeURIComponent(text)}`),
      post('/v1/recommend', { like: [{ text }] }),
    ]);
    // One is being embedded; of 29 tokens each, six are not more than 200.
    await expect.poll(() => waiting().interactive.texts, patience).toBe(6);
    goOn();
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused).toHaveLength(24 - 7);
    for (const answer of refused) {
      expect(problemOf(answer)).toMatchObject({ code: 'overloaded', detail: expect.stringContaining('the limit is 200') });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
  });

  it('drops the work of a caller who has gone, on every route that asks', async () => {
    const body = (payload: object) => {
      const text = JSON.stringify(payload);
      return { text, headers: ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`] };
    };
    const list = body({ texts: LONG_TEXTS });
    const goOn = stopEmbedding();
    const embedding = await open(head('POST', '/v1/embed', ...list.headers) + list.text);
    await expect.poll(() => waiting().batch.texts, patience).toBe(LONG_TEXTS.length - 1);
    const search = await open(head('GET', '/v1/search?mode=dense&q=graphs'));
    const recommendation = body({ like: [{ text: 'graphs' }] });
    const recommend = await open(head('POST', '/v1/recommend', ...recommendation.headers) + recommendation.text);
    const whyNot = await open(head('GET', '/v1/search/why-not?q=graphs&id=slow'));
    await expect.poll(() => waiting().interactive.texts, patience).toBe(3);
    for (const { socket } of [embedding, search, recommend, whyNot]) socket.destroy();
    await expect.poll(() => waiting().batch.texts + waiting().interactive.texts, patience).toBe(0);
    goOn();
    const signal = AbortSignal.abort();
    const options = { k: 1, offset: 0, fold: true, diversity: 0, recency: null, sort: 'score' as const, minScore: null, signal };
    const { recommender } = seeded.services;
    for (const call of [recommender.similar('slow', options), recommender.similarWhyNot('slow', 'other', options)]) {
      await expect(call).rejects.toMatchObject({ code: 'canceled' });
    }
  });

  it('closes a connection whose headers do not come', async () => {
    const { closed, received } = await open('GET /healthz HTTP/1.1\r\nHost: test\r\n');
    expect(await closed).toBeLessThan(5 * CLIENT_TIMEOUT_MS);
    expect(received()).toMatch(/^HTTP\/1.1 408 /);
  });

  it('answers 408 to a JSON body that trickles in', async () => {
    const headers = ['Content-Type: application/json', 'Content-Length: 1000'];
    const { socket, closed, received } = await open(head('POST', '/v1/search', ...headers));
    const trickle = setInterval(() => socket.writable && socket.write(' '), 50);
    const held = await closed;
    clearInterval(trickle);
    expect(held).toBeGreaterThan(CLIENT_TIMEOUT_MS - 50);
    expect(held).toBeLessThan(5 * CLIENT_TIMEOUT_MS);
    expect(received()).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"body_too_slow"/);
  });

  it('closes a connection on which a file stands still, and takes one that comes slowly', async () => {
    const headers = ['Content-Type: application/x-ndjson', 'Transfer-Encoding: chunked'];
    const still = await open(head('POST', '/v1/papers', ...headers));
    expect(await still.closed).toBeLessThan(5 * CLIENT_TIMEOUT_MS);

    const slow = await open(head('POST', '/v1/papers', ...headers, 'Connection: close'));
    for (const part of ['{"id":"in-', 'parts","ti', 'tle":"A p', 'aper in p', 'arts"}\n']) {
      await sleep(CLIENT_TIMEOUT_MS / 3);
      slow.socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    }
    slow.socket.write('0\r\n\r\n');
    await slow.closed;
    expect(slow.received()).toMatch(/^HTTP\/1.1 200 [\s\S]*"new":1/);
  });

  it('closes the connection of a client that does not read', async () => {
    const large = { id: 'large', title: 'A large paper', abstract: 'word '.repeat(9_000) };
    expect((await seeded.app.inject({ method: 'POST', url: '/v1/papers', payload: [large] })).statusCode).toBe(200);
    // More than the buffers of both ends hold.
    const body = JSON.stringify({ ids: Array(300).fill(large.id) });
    const accepted = once(seeded.app.server, 'connection') as Promise<[Socket]>;
    const { socket, received } = await open('');
    const [served] = await accepted;
    socket.pause();
    socket.write(head('POST', '/v1/papers/batch-get', 'Content-Type: application/json', `Content-Length: ${body.length}`) + body);
    await once(served, 'close');
    socket.resume();
    await once(socket, 'close');
    expect(received()).toMatch(/^HTTP\/1.1 200 /);
    expect(received().length).toBeLessThan(300 * large.abstract.length);
  });

  it('keeps the connection of a client that waits: for its answer, and between two requests', async () => {
    const goOn = stopEmbedding();
    const body = JSON.stringify([{ title: 'A paper that is waited for' }]);
    const headers = ['Content-Type: application/json', `Content-Length: ${body.length}`];
    const { socket, closed, received } = await open(head('POST', '/v1/papers?wait=true', ...headers) + body);
    await sleep(1.5 * CLIENT_TIMEOUT_MS);
    expect(received()).toBe('');
    goOn();
    await expect.poll(received, patience).toMatch(/^HTTP\/1.1 200 /);
    await sleep(1.5 * CLIENT_TIMEOUT_MS);
    socket.write(head('GET', '/healthz', 'Connection: close'));
    await closed;
    expect(received()).toContain('{"status":"ok"}');
  });
});
