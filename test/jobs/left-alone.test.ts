/** A command whose service dies does not wait for ever, and goes on when it is run again. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jsonOf, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { endServer, killServers, startServer } from '../support/server.ts';

const PAPERS = 2_000;

let dir: TempDir;
beforeEach(async () => {
  dir = await copySeeded();
});
afterEach(async () => {
  await killServers();
  await dir.remove();
});

it('ends with 1 and says how to go on', async () => {
  const file = join(dir.path, 'papers.jsonl');
  const lines = Array.from({ length: PAPERS }, (_, i) => JSON.stringify({ id: `p${i}`, title: `Whale song number ${i}` }));
  await writeFile(file, lines.join('\n'));
  const server = await startServer(dir.path);
  const importing = runCli(['import', file], { dataDir: dir.path });
  for (;;) {
    const [job] = await server.client.jobs.list();
    if (job?.state === 'processing') break;
    await delay(20);
  }
  await endServer(server, 'SIGKILL');
  const { code, stderr } = await importing;
  expect(code).toBe(1);
  expect(stderr).toMatch(/the service that worked on it has ended; run the command again and it goes on/);
  const again = await runCli(['--json', 'import', file], { dataDir: dir.path });
  expect(again.code, again.stderr).toBe(0);
  const info = await runCli(['--json', 'info'], { dataDir: dir.path });
  expect(jsonOf(info.stdout)).toMatchObject({ papers: 409 + PAPERS, pending: 0 });
});
