// Covers the jobs that had not ended when a snapshot was taken: none starts by itself in the folder that it is restored into.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jsonOf, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { infoOf, killServers, startServer } from '../support/server.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await copySeeded();
});
afterEach(async () => {
  await killServers();
  await dir.remove();
});

const run = (dataDir: string, ...args: string[]) => runCli(args, { dataDir });

it('cancels them with a reason that names the restore, and they stay canceled when a service starts', async () => {
  const { jobs } = (await startServer(dir.path)).client;
  const done = await jobs.start(new Blob(['{"id":"early","title":"Glacier melt rates"}\n']));
  await expect.poll(async () => (await jobs.get(done.id)).state, { timeout: 30_000 }).toBe('succeeded');
  const abstract = 'Beavers fell trees to dam a stream and raise the water. '.repeat(12);
  const lines = Array.from({ length: 1_200 }, (_, i) => JSON.stringify({ id: `b${i}`, title: `Dam ${i}`, abstract }));
  const underWay = await jobs.start(new Blob([lines.join('\n')]));
  const waiting = await jobs.start({ kind: 'reindex', all: true });
  await expect.poll(async () => (await jobs.get(underWay.id)).state, { timeout: 30_000, interval: 20 }).toBe('processing');

  const file = join(dir.path, 'busy.snapshot');
  const taken = await run(dir.path, '--json', 'snapshot', file);
  expect(taken.code, taken.stderr).toBe(0);
  expect(await jobs.get(waiting.id)).toMatchObject({ state: 'enqueued' });

  const target = join(dir.path, 'target');
  const restored = await run(target, '--json', 'restore', file);
  expect(restored.code, restored.stderr).toBe(0);
  expect(jsonOf(restored.stdout)).toMatchObject({ canceledJobs: [underWay.id, waiting.id] });
  expect(restored.stderr).toContain(`${underWay.id}, ${waiting.id}`);
  const reason = `restored from a snapshot of ${String(jsonOf(taken.stdout)['createdAt'])}`;
  const canceled = { state: 'canceled', error: expect.stringContaining(reason), finishedAt: expect.any(String) };

  const { papers } = jsonOf(taken.stdout);
  const second = await startServer(target);
  expect(await second.client.jobs.list()).toMatchObject([
    { id: waiting.id, ...canceled },
    { id: underWay.id, ...canceled },
    { id: done.id, state: 'succeeded', error: null },
  ]);
  expect(await infoOf(second.url)).toMatchObject({ papers });
  expect((await jobs.get(underWay.id)).state).not.toBe('canceled');
});
