/** Batch jobs of a running service, over HTTP and from the command line, as an operator uses them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { jobSchema, rejectsSchema } from '#dist/http/job-schemas.js';
import { jsonOf, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { childrenOf, endServer, infoOf, killServers, type Server, startServer } from '../support/server.ts';

type Job = z.infer<typeof jobSchema>;

let dir: TempDir;
let server: Server;
beforeEach(async () => {
  dir = await copySeeded();
  server = await startServer(dir.path);
});
afterEach(async () => {
  await killServers();
  await dir.remove();
});

const run = (args: string[], input = '') => runCli(args, { dataDir: dir.path, input });

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json'): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
}

const jobOf = async (response: Response) => jobSchema.parse(await response.json());
const look = async (id: string) => jobOf(await fetch(`${server.url}/v1/jobs/${id}`));

async function ended(id: string): Promise<Job> {
  const states = ['succeeded', 'failed', 'canceled'];
  await expect.poll(async () => states.includes((await look(id)).state), { timeout: 60_000, interval: 100 }).toBe(true);
  return look(id);
}

/** Long enough texts that a hundred of them take a second or more. */
function papers(count: number): string {
  const abstract = (i: number) => `Beavers fell tree number ${i} to dam a stream and raise the water. `.repeat(12);
  return Array.from({ length: count }, (_, i) => JSON.stringify({ id: `b${i}`, title: `Dam ${i}`, abstract: abstract(i) })).join(
    '\n',
  );
}

describe('an import job', () => {
  it('stores and embeds a file that was sent, lists the rows it refused, and ends its stream of events with itself', async () => {
    const file = gzipSync('{"id":"j1","title":"Glacier melt rates"}\nnot json\n{"id":"j2","title":"Whale songs"}\n{"id":"j3"}\n');
    const response = await post('/v1/jobs', new Uint8Array(file), 'application/octet-stream');
    expect(response.status).toBe(202);
    const { id } = await jobOf(response);
    const stream = await (await fetch(`${server.url}/v1/jobs/${id}/events`)).text();
    const events = stream.trim().split('\n\n');
    expect(events.length).toBeGreaterThan(1);
    const last = jobSchema.parse(JSON.parse(/^event: job\ndata: (.*)$/.exec(events.at(-1) ?? '')?.[1] ?? ''));
    expect(last).toMatchObject({
      kind: 'import',
      state: 'succeeded',
      rejected: 2,
      error: null,
      report: { new: 2, changed: 0, unchanged: 0, rejected: 2, embedded: 2 },
    });
    const { rejects } = rejectsSchema.parse(await (await fetch(`${server.url}/v1/jobs/${id}/rejects`)).json());
    expect(rejects.map(({ file, line }) => `${file}:${line}`)).toEqual(['upload:2', 'upload:4']);
    const found = async () => (await fetch(`${server.url}/v1/search?mode=dense&k=1&q=glacier+melt+rates`)).text();
    await expect.poll(found).toContain('"j1"');
  });

  it('stops between two batches when it is canceled, keeps what it stored, and goes on when it is retried', async () => {
    const { id } = await jobOf(await post('/v1/jobs', papers(1_200), 'application/x-ndjson'));
    await expect.poll(async () => (await look(id)).step, { timeout: 30_000, interval: 50 }).toBe('embedding');
    expect(await jobOf(await post(`/v1/jobs/${id}/cancel`, '{}'))).toMatchObject({ state: 'processing', cancelRequested: true });
    expect(await ended(id)).toMatchObject({ state: 'canceled', report: null });
    const { papers: stored, pending } = await infoOf(server.url);
    expect(stored).toBe(409 + 1_200);
    expect(pending).toBeGreaterThan(0);
    expect(await jobOf(await post(`/v1/jobs/${id}/retry`, '{}'))).toMatchObject({ state: 'enqueued' });
    expect(await ended(id)).toMatchObject({ state: 'succeeded', report: { new: 1_200, unchanged: 0, embedded: pending } });
    expect(await jobOf(await post(`/v1/jobs/${id}/cancel`, '{}'))).toMatchObject({ state: 'succeeded' });
  });

  it('goes on where it was when its process is killed, and after a kill of the service, and embeds nothing twice', async () => {
    const { id } = await jobOf(await post('/v1/jobs', papers(1_200), 'application/x-ndjson'));
    const embedding = async () => {
      const { step, done } = await look(id);
      return step === 'embedding' && done > 0;
    };
    await expect.poll(embedding, { timeout: 30_000, interval: 50 }).toBe(true);
    const [pid] = childrenOf(server.child.pid, 'job-process');
    expect(pid).toBeDefined();
    process.kill(Number(pid), 'SIGKILL');
    const another = () => childrenOf(server.child.pid, 'job-process').find((child) => child !== pid) !== undefined;
    await expect.poll(another, { timeout: 10_000 }).toBe(true);

    await endServer(server, 'SIGKILL');
    server = await startServer(dir.path);
    const { state, attempts, report } = await ended(id);
    expect(state).toBe('succeeded');
    expect(attempts).toBeLessThan(3);
    // What earlier processes and the start of the service embedded is not embedded again.
    expect(report).toMatchObject({ new: 1_200, unchanged: 0 });
    expect(Number(report?.['embedded'])).toBeLessThan(1_200);
    await expect.poll(() => infoOf(server.url)).toMatchObject({ papers: 409 + 1_200, indexed: 409 + 1_200, pending: 0 });
  });

  it('waits for the next start of a service that is stopped', async () => {
    const { id } = await jobOf(await post('/v1/jobs', papers(1_200), 'application/x-ndjson'));
    await expect.poll(async () => (await look(id)).step, { timeout: 30_000, interval: 50 }).toBe('embedding');
    expect(await endServer(server, 'SIGTERM')).toBe(0);
    expect(jsonOf((await run(['jobs', 'show', id])).stdout)).toMatchObject({ state: 'enqueued' });
    server = await startServer(dir.path);
    expect(await ended(id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('beside a running service', () => {
  it('is refused as a second service, which names the first one, while reading goes on', async () => {
    const pid = String(server.child.pid);
    await expect(startServer(dir.path)).rejects.toThrow(`is written by the process ${pid}`);
    expect((await run(['search', 'exact', 'diffusion', 'inversion', '-k', '1'])).stdout).toContain('EDICT');
    expect((await infoOf(server.url)).papers).toBe(409);
  });

  it('hands an import of the command line to the service, from a file and from standard input', async () => {
    const file = join(dir.path, 'papers.jsonl');
    await writeFile(file, '{"id":"c1","title":"Glacier melt rates"}\n{"id":"c2"}\n');
    const fromFile = await run(['--json', 'import', file]);
    expect(fromFile.code, fromFile.stderr).toBe(0);
    expect(jsonOf(fromFile.stdout)).toMatchObject({ new: 1, rejected: 1, embedded: 1 });
    expect(fromFile.stderr).toContain(`${file}:2: `);
    const again = await run(['--json', 'import', '-'], '{"id":"c1","title":"Glacier melt rates"}\n');
    expect(again.code, again.stderr).toBe(3);
    expect(jsonOf(again.stdout)).toMatchObject({ new: 0, unchanged: 1, embedded: 0 });
    const found = async () => (await fetch(`${server.url}/v1/search?mode=dense&k=1&q=glacier+melt+rates`)).text();
    await expect.poll(found).toContain('"c1"');
    const list = await run(['jobs', 'list']);
    expect(list.stdout.trim().split('\n')).toHaveLength(2);
    expect(list.stdout).toMatch(/import +succeeded +1 rejected/);
  });
});

describe('compact and reindex', () => {
  it('drop the places of removed papers, embed all again, and answer all the while', async () => {
    const gone = Array.from({ length: 5 }, (_, i) => ({ id: `gone-${i}`, title: `Paper to go ${i}` }));
    await post('/v1/papers?wait=true', JSON.stringify(gone));
    for (const { id } of gone) await fetch(`${server.url}/v1/papers/${id}`, { method: 'DELETE' });
    const before = await infoOf(server.url);
    expect(before.index).toMatchObject({ count: 409, tombstones: 5 });

    let failed = 0;
    let asked = 0;
    const asking = new AbortController();
    const loop = (async () => {
      while (!asking.signal.aborted) {
        asked++;
        if ((await fetch(`${server.url}/v1/search?q=diffusion&k=3`)).status !== 200) failed++;
        // A job has the lowest priority: who asks without a pause leaves it no processor.
        await sleep(20);
      }
    })();
    expect(await ended((await jobOf(await post('/v1/jobs', '{"kind":"compact"}'))).id)).toMatchObject({
      state: 'succeeded',
      report: { papers: 409 },
    });
    await expect
      .poll(async () => (await infoOf(server.url)).index, { timeout: 20_000 })
      .toMatchObject({ count: 409, tombstones: 0, tombstoneRatio: 0 });
    const { generation } = await infoOf(server.url);
    expect(generation).not.toBe(before.generation);

    const all = await ended((await jobOf(await post('/v1/jobs', '{"kind":"reindex","all":true}'))).id);
    expect(all).toMatchObject({ state: 'succeeded', report: { embedded: 409 } });
    await expect.poll(async () => (await infoOf(server.url)).generation, { timeout: 20_000 }).toBe(all.report?.['generation']);
    asking.abort();
    await loop;
    expect(asked).toBeGreaterThan(0);
    expect(failed).toBe(0);
  });
});

describe('wrong use', () => {
  it.each([
    ['an unknown kind', '{"kind":"fly"}', 'kind'],
    ['a path for an evaluation', '{"kind":"evaluate","evals":["../secret"]}', 'evals'],
    ['a migration to nowhere', '{"kind":"migrate"}', 'model'],
    ['a migration both ways', '{"kind":"migrate","model":"tiny","rollback":true}', 'rollback'],
    ['an import without a file', '{"kind":"import","files":["/etc/passwd"]}', 'kind'],
  ])('answers 400 for %s', async (_what, body, field) => {
    const response = await post('/v1/jobs', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_input', detail: expect.stringContaining(field) });
  });

  it('answers 404 for an unknown job, and says in a failed one what was wrong', async () => {
    expect((await fetch(`${server.url}/v1/jobs/job-000000000000`)).status).toBe(404);
    const prose = await jobOf(await post('/v1/jobs', 'Dear reader,\n', 'application/octet-stream'));
    expect(await ended(prose.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('is none of jsonl') });
    expect((await run(['jobs', 'cancel', 'job-000000000000'])).code).toBe(1);
  });
});
