/** The server as a process: first start, acknowledged writes after kill -9, second start, graceful end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MAIN } from '../support/cli.ts';
import { copySeeded, type TempDir, tempDir } from '../support/seeded.ts';
import { endServer, infoOf, killServers, startServer } from '../support/server.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(async () => {
  await killServers();
  await dir.remove();
});

it('fills an empty store with the bundled corpus, and does none of it again at the second start', async () => {
  const first = await startServer(dir.path);
  expect(first.steps).toContain('imported 409 seed papers');
  expect(first.steps).toContain('embedded 409 of 409');
  const before = await infoOf(first.url);
  expect(before).toMatchObject({ papers: 409, indexed: 409, pending: 0 });
  expect(await endServer(first, 'SIGTERM')).toBe(0);

  const second = await startServer(dir.path);
  expect(second.steps).not.toMatch(/imported|embedded|indexed/);
  expect(await infoOf(second.url)).toMatchObject({
    papers: 409,
    indexed: 409,
    generation: before.generation,
    revision: before.revision,
  });
});

it('keeps every acknowledged write through kill -9, and finds it after the next start', async () => {
  const seeded = await copySeeded();
  try {
    const first = await startServer(seeded.path);
    const { papers } = first.client;
    for (let i = 0; i < 5; i++) {
      await papers.post([{ id: `kept-${i}`, title: `Kept paper ${i}`, abstract: 'Volcanic ash and jet engines.' }]);
    }
    await papers.delete('kept-0');
    await endServer(first, 'SIGKILL');

    const second = await startServer(seeded.path);
    expect(await infoOf(second.url)).toMatchObject({ papers: 413, indexed: 413, pending: 0 });
    const { results } = await second.client.search({ q: 'volcanic ash', mode: 'dense', k: 10 });
    const ids = results.map(({ paper }) => paper.id);
    expect(ids).toEqual(expect.arrayContaining([1, 2, 3, 4].map((i) => `kept-${i}`)));
    expect(ids).not.toContain('kept-0');
  } finally {
    await killServers();
    await seeded.remove();
  }
});

it('shows papers that another process imports, without a restart', async () => {
  const seeded = await copySeeded();
  try {
    const { client } = await startServer(seeded.path);
    const env = { ...process.env, DATA_DIR: seeded.path, EMBED_PROCESSES: '1' };
    const importer = spawn(process.execPath, [MAIN, 'import', '-'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
    importer.stdin?.end('{"id":"from-outside","title":"Glacier melt rates","abstract":"How fast glaciers melt."}\n');
    await once(importer, 'exit');
    const found = async () => (await client.search({ q: 'glacier melt', mode: 'dense', k: 1 })).results[0]?.paper.id;
    await expect.poll(found, { timeout: 10_000 }).toBe('from-outside');
  } finally {
    await killServers();
    await seeded.remove();
  }
});

it('finishes what is in flight when it is told to stop, and logs one line a request without its text', async () => {
  const seeded = await copySeeded();
  try {
    const server = await startServer(seeded.path);
    const { url, log } = server;
    expect((await fetch(`${url}/v1/search?q=secret+question`)).status).toBe(200);
    // Seconds of work for one embedding process, and time enough for the requests to arrive.
    const body = JSON.stringify({ texts: Array.from({ length: 40 }, (_, i) => `secret ${i} `.repeat(300)) });
    const headers = { 'content-type': 'application/json' };
    const REQUESTS = 6;
    let answered = 0;
    const answers = Array.from({ length: REQUESTS }, async () => {
      const response = await fetch(`${url}/v1/embed`, { method: 'POST', headers, body });
      answered++;
      return response.status;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(answered).toBeLessThan(REQUESTS);
    const exit = endServer(server, 'SIGTERM');
    expect(await Promise.all(answers)).toEqual(Array.from({ length: REQUESTS }, () => 200));
    expect(await exit).toBe(0);
    const lines = log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ msg }) => msg === 'request');
    expect(requests.map(({ route }) => route)).toEqual(['/v1/search', ...Array.from({ length: REQUESTS }, () => '/v1/embed')]);
    expect(requests[0]).toMatchObject({ method: 'GET', status: 200, reqId: expect.any(String), ms: expect.any(Number) });
    expect(requests[0]).toMatchObject({
      tookMs: { total: expect.any(Number), embed: expect.any(Number), search: expect.any(Number), explain: expect.any(Number) },
    });
    expect(log()).not.toContain('secret');
  } finally {
    await killServers();
    await seeded.remove();
  }
});

it('stops at once though connections are open on which nothing was asked', async () => {
  const { url, child } = await startServer(dir.path);
  const { port, hostname } = new URL(url);
  const idle = Array.from({ length: 3 }, () => connect(Number(port), hostname).on('error', () => undefined));
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  // Told to give up after 30 s, it would say so by its code.
  expect((await exit)[0]).toBe(0);
});
