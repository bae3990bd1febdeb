/** What an operator sees: the log of a real service, the ids and times of answers, and the metrics that dashboards and alerts name. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemSchema } from '#dist/http/problem.js';
import { answerSchema } from '#dist/http/schemas.js';
import { API_KEYS, bearer, KEYS } from '../support/keys.ts';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { childrenOf, killServers, type Server, startServer } from '../support/server.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
/** No text of a caller: each of them has this word in it. */
const SECRET = 'xylophone';
const json = { 'content-type': 'application/json' };

let dir: TempDir;
let server: Server;
beforeAll(async () => {
  dir = await copySeeded();
  server = await startServer(dir.path, {
    API_KEYS,
    LOG_LEVEL: 'trace',
    BODY_LIMIT: '20000',
    REQUEST_TIMEOUT_MS: '2500',
  });
});
afterAll(async () => {
  await killServers();
  await dir.remove();
});

const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
  fetch(server.url + path, { ...init, headers: { ...bearer(KEYS.admin), ...init.headers } });

/** Lines of the log so far; one that is being written is not among them. */
function lines(): Record<string, unknown>[] {
  const text = server.log();
  const whole = text.slice(0, text.lastIndexOf('\n')).split('\n');
  return whole.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
}
/** On a machine that has other things to do. */
const patience = { timeout: 10_000 };
const lineOf = (requestId: string) => lines().find(({ reqId, msg }) => reqId === requestId && msg === 'request');

it("takes over a caller's request id, into the log and the answer, and makes one where there is none that can be", async () => {
  const headers = { 'x-request-id': 'checkout/7:a', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  const response = await ask(`/v1/search?q=${SECRET}&k=1`, { headers });
  expect(response.headers.get('x-request-id')).toBe('checkout/7:a');
  await expect
    .poll(() => lineOf('checkout/7:a'))
    .toMatchObject({
      level: 30,
      method: 'GET',
      route: '/v1/search',
      status: 200,
      ms: expect.any(Number),
      key: 'the-admin-key',
      traceId: TRACE,
      tookMs: { infer: expect.any(Number) },
    });
  expect(Object.keys(lineOf('checkout/7:a') ?? {}).sort()).toEqual(
    ['key', 'level', 'method', 'ms', 'msg', 'reqId', 'route', 'status', 'time', 'tookMs', 'traceId'].sort(),
  );

  for (const given of ['with a blank', 'x'.repeat(129), '"quoted"', '']) {
    const made = (await ask('/v1/nothing', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
  }
});

it('says in a problem which line of the log it is', async () => {
  const response = await ask('/v1/search?q=');
  const { requestId } = problemSchema.parse(await response.json());
  expect(requestId).toBe(response.headers.get('x-request-id'));
  await expect.poll(() => lineOf(requestId), patience).toMatchObject({ status: 400 });
});

it('says in a header where the time of an answer went', async () => {
  const response = await ask('/v1/search?q=graphs&k=1&explain=true');
  const { tookMs } = answerSchema.parse(await response.json());
  const said = Object.fromEntries(
    (response.headers.get('server-timing') ?? '').split(', ').map((one) => {
      const [, name = '', ms] = /^(\w+);dur=([\d.]+)$/.exec(one) ?? [];
      return [name, Number(ms)];
    }),
  );
  expect(said).toEqual(tookMs);
  for (const stage of ['total', 'embed', 'tokenize', 'infer', 'search', 'fuse', 'explain'] as const) {
    expect(tookMs[stage], stage).toBeGreaterThan(0);
  }
  expect(tookMs.total).toBeCloseTo(tookMs.embed + tookMs.search + tookMs.fuse + tookMs.explain, 1);
  expect(tookMs.queue + tookMs.tokenize + tookMs.infer).toBeLessThanOrEqual(tookMs.embed + 0.01);
  const embedded = await ask('/v1/embed', { method: 'POST', headers: json, body: JSON.stringify({ texts: ['graphs'] }) });
  expect(embedded.headers.get('server-timing')).toMatch(/queue;dur=[\d.]+, tokenize;dur=[\d.]+, infer;dur=/);
});

describe('the log', () => {
  it('holds neither keys nor texts, whatever is asked and whatever goes wrong', async () => {
    const post = (path: string, body: string, headers: Record<string, string> = json) =>
      ask(path, { method: 'POST', headers, body });
    const papers = [{ id: 'one', title: `A ${SECRET}`, abstract: `On the ${SECRET}.`, authors: [`${SECRET} Player`] }];
    const long = JSON.stringify({ texts: Array.from({ length: 60 }, (_, i) => `${SECRET} ${i} `.repeat(20)) });
    const statuses = [
      await ask(`/v1/search?q=${SECRET}&explain=true`),
      await ask(`/v1/search?q=%22${SECRET}%22+-${SECRET}`),
      await post('/v1/search', JSON.stringify({ q: SECRET, filter: { author: SECRET } })),
      await post('/v1/recommend', JSON.stringify({ like: [{ text: SECRET }] })),
      await post('/v1/papers?wait=true', JSON.stringify(papers)),
      await post('/v1/papers', `{"title":"${SECRET}"}\n{"${SECRET}"\n`, { 'content-type': 'application/x-ndjson' }),
      await ask(`/v1/search?q=${SECRET}&${SECRET}=1`),
      await ask(`/v1/search?q=-${SECRET}`),
      await ask(`/v1/papers?cursor=${SECRET}`),
      await post('/v1/search', `{"q":"${SECRET}`),
      await post('/v1/search', SECRET, { 'content-type': 'text/plain' }),
      await post('/v1/search', JSON.stringify({ q: SECRET.repeat(5_000) })),
      await ask(`/v1/${SECRET}%E0%A4%A?q=${SECRET}`),
      await ask(`/v1/nothing?q=${SECRET}`),
      await ask(`/v1/search?q=${SECRET}`, { headers: { authorization: `Bearer pk_${SECRET}`, cookie: `sid=${SECRET}` } }),
      await ask('/v1/jobs', { headers: { authorization: '', 'x-api-key': KEYS.read } }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 400, 400, 400, 400, 415, 413, 400, 404, 401, 403]);

    // An answer that takes too long, a caller who goes, and one that speaks no HTTP.
    const embedders = childrenOf(server.child.pid, 'embed-process');
    for (const pid of embedders) process.kill(pid, 'SIGSTOP');
    expect((await post('/v1/embed', long)).status).toBe(503);
    const leaving = new AbortController();
    const left = ask('/v1/embed', { method: 'POST', headers: json, body: long, signal: leaving.signal }).catch(() => undefined);
    setTimeout(() => leaving.abort(), 50);
    await left;
    for (const pid of embedders) process.kill(pid, 'SIGCONT');
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.end(`GET /v1/search?q=${SECRET} HTTP/1.1\r\nauthorization Bearer ${KEYS.admin}\r\n\r\n`);
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume());

    await expect.poll(() => lines().some(({ status }) => status === 499), patience).toBe(true);
    await expect.poll(() => lines().some(({ status }) => status === 503), patience).toBe(true);
    const log = server.log();
    expect(log).not.toContain(SECRET);
    for (const key of Object.values(KEYS)) expect(log).not.toContain(key);
    // What was not answered is told of, with the reason and without the inside of the request.
    const failed = lines().filter(({ msg }) => msg === 'request failed');
    expect(failed.length).toBeGreaterThan(0);
    for (const { err } of failed) expect(Object.keys(err as object).sort()).toEqual(['code', 'message', 'stack', 'type']);
  });

  it('has one line for each request', async () => {
    const ids = ['first', 'second', 'third', 'fourth'];
    const paths = ['/v1/info', '/v1/papers?limit=1', '/v1/nothing', '/v1/search?k=0'];
    for (const [i, path] of paths.entries()) await ask(path, { headers: { 'x-request-id': ids[i] ?? '' } });
    await expect.poll(() => lineOf('fourth'), patience).toBeDefined();
    expect(lines().flatMap(({ reqId }) => ids.filter((id) => id === reqId))).toEqual(ids);
  });
});

describe('the metrics', () => {
  const panelSchema = z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).optional() });
  const dashboardSchema = z.object({ panels: z.array(panelSchema) });

  /** Names of metrics in expressions of Prometheus, without what a histogram adds to its name. */
  const namesIn = (text: string) => [
    ...new Set([...text.matchAll(/\b(?:paperkin|process|nodejs)_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))),
  ];
  const file = (name: string) => readFile(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');

  it('are all there that the dashboard and the alerts name', async () => {
    const { panels } = dashboardSchema.parse(JSON.parse(await file('grafana-dashboard.json')));
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(20);
    const served = await (await ask('/metrics')).text();
    const known = new Set([...served.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
    for (const text of [...expressions, await file('prometheus-alerts.yml')]) {
      const names = namesIn(text);
      expect(names.length, text).toBeGreaterThan(0);
      for (const name of names) expect(known, text).toContain(name);
    }
    // And the dashboard shows all that is the service's own.
    const shown = new Set(namesIn(expressions.join(' ')));
    const unseen = ['paperkin_info', 'paperkin_store_revision', 'paperkin_recall_samples', 'paperkin_text_index_current'];
    expect([...known].filter((name) => name?.startsWith('paperkin_') && !shown.has(name)).sort()).toEqual(unseen.sort());
  });

  it('count stages, batches, tokens and memory', async () => {
    const texts = ['one', 'two', 'three'];
    const valuesOf = async (name: string) => {
      const served = await (await ask('/metrics')).text();
      const found = [...served.matchAll(new RegExp(`^${name}(?:\\{([^}]*)\\})? (\\S+)$`, 'gm'))];
      return Object.fromEntries(found.map(([, labels = '', value]) => [labels, Number(value)]));
    };
    const before = await valuesOf('paperkin_embed_batch_texts_sum');
    const tokens = await valuesOf('paperkin_embed_tokens_total');
    await ask('/v1/embed', { method: 'POST', headers: json, body: JSON.stringify({ texts }) });
    const lane = 'lane="interactive"';
    expect((await valuesOf('paperkin_embed_batch_texts_sum'))[lane]).toBe((before[lane] ?? 0) + 3);
    expect((await valuesOf('paperkin_embed_tokens_total'))[lane]).toBe((tokens[lane] ?? 0) + 9);
    const stages = await valuesOf('paperkin_stage_duration_seconds_count');
    expect(Object.keys(stages).sort()).toEqual(
      ['embed', 'explain', 'fuse', 'infer', 'queue', 'search', 'tokenize'].map((stage) => `stage="${stage}"`),
    );
    expect(await valuesOf('paperkin_embed_queue_tokens')).toEqual({ 'lane="interactive"': 0, 'lane="batch"': 0 });
    expect(await valuesOf('paperkin_embed_processes')).toEqual({ '': 1 });
    expect((await valuesOf('paperkin_embed_resident_memory_bytes'))['']).toBeGreaterThan(20e6);
    expect((await valuesOf('process_resident_memory_bytes'))['']).toBeGreaterThan(20e6);
  });
});
