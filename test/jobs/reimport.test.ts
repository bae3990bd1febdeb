/** An unchanged file imported again: nothing is embedded, and the index on disk is the very same. */
import { openAsBlob } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jsonOf, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { infoOf, killServers, startServer } from '../support/server.ts';

const PAPERS = [
  { id: 'a', title: 'Whale songs', abstract: 'How whales sing.', authors: ['Ada Sea'], date: '2020-02-02' },
  { id: 'b', title: 'Bird flight', abstract: 'How birds fly.' },
  { id: 'c', title: 'Bird flight', abstract: 'How birds fly.' },
];
const NOTHING_NEW = { new: 0, changed: 0, unchanged: 3, rejected: 0, embedded: 0, tokens: 0 };

let dir: TempDir;
let file = '';
beforeEach(async () => {
  dir = await copySeeded();
  file = join(dir.path, 'papers.jsonl');
  await writeFile(file, PAPERS.map((paper) => JSON.stringify(paper)).join('\n'));
});
afterEach(async () => {
  await killServers();
  await dir.remove();
});

const importFile = () => runCli(['--json', 'import', file], { dataDir: dir.path });

/** Every file of the index with the time at which it was written, and the pointer. */
async function indexOnDisk() {
  const root = join(dir.path, 'generations');
  const names = (await readdir(root, { recursive: true })).sort();
  const files = await Promise.all(names.map(async (name) => [name, (await stat(join(root, name))).mtimeMs]));
  return { files, current: await readFile(join(root, 'current.json'), 'utf8') };
}

it('by a command', async () => {
  expect(jsonOf((await importFile()).stdout)).toMatchObject({ new: 3, embedded: 2 });
  const before = await indexOnDisk();
  const again = await importFile();
  expect(again.code, again.stderr).toBe(3);
  expect(jsonOf(again.stdout)).toEqual(NOTHING_NEW);
  expect(await indexOnDisk()).toEqual(before);
});

it('by a running service', async () => {
  const { url, client } = await startServer(dir.path);
  expect(jsonOf((await importFile()).stdout)).toMatchObject({ new: 3, embedded: 2 });
  // Published when the job has ended.
  await expect.poll(async () => (await infoOf(url)).indexed, { timeout: 20_000 }).toBe(412);
  const publishedAll = async () => {
    const { generation, revision } = await infoOf(url);
    const manifest = await readFile(join(dir.path, 'generations', String(generation), 'manifest.json'), 'utf8');
    return jsonOf(manifest)['revision'] === revision;
  };
  await expect.poll(publishedAll, { timeout: 20_000 }).toBe(true);
  const state = async () => {
    const { papers, revision, generation, index } = await infoOf(url);
    return { papers, revision, generation, index, disk: await indexOnDisk() };
  };
  const before = await state();

  const { id } = await client.jobs.start(await openAsBlob(file));
  let report: unknown;
  for await (const job of client.jobs.watch(id)) report = job.report;
  expect(report).toEqual(NOTHING_NEW);
  const again = await importFile();
  expect(again.code, again.stderr).toBe(3);
  // The next job begins when the one before has been dealt with: nothing more will be published for it.
  expect(await state()).toEqual(before);
});
