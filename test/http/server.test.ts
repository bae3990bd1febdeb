/** The server as a process: first start, acknowledged writes after kill -9, second start, graceful end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { infoSchema } from '#dist/http/schemas.js';
import { copySeeded, type TempDir, tempDir } from '../support/seeded.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Server {
  child: ChildProcess;
  url: string;
  /** Everything it wrote to stderr on the way to its first answer. */
  steps: string;
  /** Everything it wrote to stdout so far. */
  log(): string;
}

let dir: TempDir;
const running: ChildProcess[] = [];
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await dir.remove();
});

async function start(dataDir: string): Promise<Server> {
  const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'info', EMBED_PROCESSES: '1' };
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let log = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  let steps = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${steps}`)));
    child.stderr?.on('data', (chunk: Buffer) => {
      steps += chunk.toString();
      const match = /serving \d+ papers on (http:\S+),/.exec(steps);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
  return { child, url, steps, log: () => log };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = await exit;
  return code as number | null;
}

const info = async (url: string) => infoSchema.parse(await (await fetch(`${url}/v1/info`)).json());

it('fills an empty store with the bundled corpus, and does none of it again at the second start', async () => {
  const first = await start(dir.path);
  expect(first.steps).toContain('imported 409 seed papers');
  expect(first.steps).toContain('embedded 409 of 409');
  const before = await info(first.url);
  expect(before).toMatchObject({ papers: 409, indexed: 409, pending: 0 });
  expect(await end(first.child, 'SIGTERM')).toBe(0);

  const second = await start(dir.path);
  expect(second.steps).not.toMatch(/imported|embedded|indexed/);
  expect(await info(second.url)).toMatchObject({
    papers: 409,
    indexed: 409,
    generation: before.generation,
    revision: before.revision,
  });
});

it('keeps every acknowledged write through kill -9, and finds it after the next start', async () => {
  const seeded = await copySeeded();
  try {
    const first = await start(seeded.path);
    const headers = { 'content-type': 'application/json' };
    for (let i = 0; i < 5; i++) {
      const body = JSON.stringify([{ id: `kept-${i}`, title: `Kept paper ${i}`, abstract: 'Volcanic ash and jet engines.' }]);
      expect((await fetch(`${first.url}/v1/papers`, { method: 'POST', headers, body })).status).toBe(200);
    }
    expect((await fetch(`${first.url}/v1/papers/kept-0`, { method: 'DELETE' })).status).toBe(204);
    await end(first.child, 'SIGKILL');

    const second = await start(seeded.path);
    expect(await info(second.url)).toMatchObject({ papers: 413, indexed: 413, pending: 0 });
    const response = await fetch(`${second.url}/v1/search?mode=dense&k=10&q=volcanic+ash`);
    const text = await response.text();
    for (const i of [1, 2, 3, 4]) expect(text).toContain(`"kept-${i}"`);
    expect(text).not.toContain('"kept-0"');
  } finally {
    await seeded.remove();
  }
});

it('shows papers that another process imports, without a restart', async () => {
  const seeded = await copySeeded();
  try {
    const { url } = await start(seeded.path);
    const env = { ...process.env, DATA_DIR: seeded.path, EMBED_PROCESSES: '1' };
    const importer = spawn(process.execPath, [MAIN, 'import', '-'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
    importer.stdin?.end('{"id":"from-outside","title":"Glacier melt rates","abstract":"How fast glaciers melt."}\n');
    await once(importer, 'exit');
    const found = async () => (await fetch(`${url}/v1/search?mode=dense&k=1&q=glacier+melt`)).text();
    await expect.poll(found, { timeout: 10_000 }).toContain('"from-outside"');
  } finally {
    await seeded.remove();
  }
});

it('finishes what is in flight when it is told to stop, and logs one line a request without its text', async () => {
  const seeded = await copySeeded();
  try {
    const { child, url, log } = await start(seeded.path);
    expect((await fetch(`${url}/v1/search?q=secret+question`)).status).toBe(200);
    // Seconds of work for one embedding process, and time enough for the requests to arrive.
    const body = JSON.stringify({ texts: Array.from({ length: 40 }, (_, i) => `secret ${i} `.repeat(300)) });
    const headers = { 'content-type': 'application/json' };
    let answered = 0;
    const answers = [1, 2].map(async () => {
      const response = await fetch(`${url}/v1/embed`, { method: 'POST', headers, body });
      answered++;
      return response.status;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(answered).toBe(0);
    const exit = end(child, 'SIGTERM');
    expect(await Promise.all(answers)).toEqual([200, 200]);
    expect(await exit).toBe(0);
    const lines = log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ msg }) => msg === 'request');
    expect(requests.map(({ route }) => route)).toEqual(['/v1/search', '/v1/embed', '/v1/embed']);
    expect(requests[0]).toMatchObject({ method: 'GET', status: 200, reqId: expect.any(String), ms: expect.any(Number) });
    expect(requests[0]).toMatchObject({
      tookMs: { total: expect.any(Number), embed: expect.any(Number), search: expect.any(Number) },
    });
    expect(log()).not.toContain('secret');
  } finally {
    await seeded.remove();
  }
});
