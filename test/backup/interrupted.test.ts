// Covers `paperkin snapshot` that is stopped on its way: no half file stays, and what kill -9 leaves goes with the next one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { proveSnapshotFile } from '#dist/backup/snapshot-file.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { dataFolder } from '#dist/services.js';
import { MAIN, runCli } from '../support/cli.ts';
import { type TempDir, tempDir } from '../support/seeded.ts';

const PAPERS = 4_000;

let home: TempDir;
let dir: TempDir;
let backups = '';
const running: ChildProcess[] = [];

/** So large that a snapshot of it takes longer than it takes to stop it. */
beforeAll(async () => {
  home = await tempDir();
  const store = new SqlitePaperStore(dataFolder({ dataDir: home.path }).database);
  let seed = 1;
  const word = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed.toString(36);
  };
  const abstract = () => Array.from({ length: 400 }, word).join(' ');
  await store.upsert(
    Array.from({ length: PAPERS }, (_, i) => ({ id: `p${i}`, title: `Paper ${i}`, abstract: abstract() })),
    'merge',
  );
  await store.close();
});
afterAll(() => home.remove());

beforeEach(async () => {
  dir = await tempDir();
  backups = join(dir.path, 'backups');
  await mkdir(backups);
});
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  await dir.remove();
});

interface Started {
  child: ChildProcess;
  stderr(): string;
}

/** Resolves when it has begun to copy the database. */
async function begin(file: string): Promise<Started> {
  const env = { ...process.env, DATA_DIR: home.path };
  const child = spawn(process.execPath, [MAIN, 'snapshot', file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  running.push(child);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const copying = async () => (await readdir(backups)).some((name) => existsSync(join(backups, name, 'paperkin.db')));
  await expect.poll(copying, { timeout: 30_000, interval: 5 }).toBe(true);
  return { child, stderr: () => stderr };
}

async function endOf({ child }: Started): Promise<unknown> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

const snapshot = (file: string) => runCli(['--json', 'snapshot', file], { dataDir: home.path });
const papersIn = async (file: string) => (await proveSnapshotFile(file, new AbortController().signal)).header.papers;

it.each(['SIGTERM', 'SIGINT'] as const)('leaves nothing, and the file as it was, at %s', async (signal) => {
  const file = join(backups, 'papers.snapshot');
  await writeFile(file, 'the one before');
  const started = await begin(file);
  started.child.kill(signal);
  expect(await endOf(started)).toBe(1);
  expect(started.stderr()).toBe(`paperkin: interrupted; ${file} is as it was\n`);
  expect(await readdir(backups)).toEqual(['papers.snapshot']);
  expect(await readFile(file, 'utf8')).toBe('the one before');
});

it('removes what a killed one has left when it is run the next time, for another file too', async () => {
  const started = await begin(join(backups, 'monday.snapshot'));
  started.child.kill('SIGKILL');
  expect(await endOf(started)).toBe('SIGKILL');
  expect(await readdir(backups)).toEqual([expect.stringMatching(/^\.paperkin-snapshot-/)]);
  const file = join(backups, 'tuesday.snapshot');
  const taken = await snapshot(file);
  expect(taken.code, taken.stderr).toBe(0);
  expect(await readdir(backups)).toEqual(['tuesday.snapshot']);
  expect(await papersIn(file)).toBe(PAPERS);
});

it('leaves one alone that is under way beside it', async () => {
  const slow = join(backups, 'slow.snapshot');
  const started = await begin(slow);
  started.child.kill('SIGSTOP');
  const quick = join(backups, 'quick.snapshot');
  const taken = await snapshot(quick);
  expect(taken.code, taken.stderr).toBe(0);
  expect(await readdir(backups)).toHaveLength(2);
  started.child.kill('SIGCONT');
  expect(await endOf(started), started.stderr()).toBe(0);
  expect((await readdir(backups)).sort()).toEqual(['quick.snapshot', 'slow.snapshot']);
  expect([await papersIn(slow), await papersIn(quick)]).toEqual([PAPERS, PAPERS]);
});

it('names a folder that is not there, with exit code 2', async () => {
  const { code, stdout, stderr } = await snapshot(join(dir.path, 'nowhere/papers.snapshot'));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^paperkin: there is no folder .*nowhere.*make it first\n$/);
});
