/** The examples of docs/api.md and of the client's README, run as they stand on a service over the seed corpus. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlocks } from '../support/markdown.ts';
import { copySeeded, type TempDir, tempDir } from '../support/seeded.ts';
import { endServer, type Server, startServer } from '../support/server.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
const README = readFileSync(join(ROOT, 'clients/typescript/README.md'), 'utf8');
const ADDRESS = 'http://127.0.0.1:3000';

/** Where the programs are run: what the first writes the others read. */
let desk: TempDir;
let dir: TempDir;
let server: Server;
beforeAll(async () => {
  desk = await tempDir();
  await mkdir(join(desk.path, 'node_modules/@paperkin'), { recursive: true });
  await symlink(join(ROOT, 'clients/typescript'), join(desk.path, 'node_modules/@paperkin/client'));
  dir = await copySeeded();
  server = await startServer(dir.path);
});
afterAll(async () => {
  await endServer(server, 'SIGTERM');
  await Promise.all([dir.remove(), desk.remove()]);
});

async function output(command: string, name: string, code: string): Promise<string> {
  expect(code).toContain(ADDRESS);
  await writeFile(join(desk.path, name), code.replaceAll(ADDRESS, server.url));
  return (await run(command, [name], { cwd: desk.path })).stdout;
}

it('has an example in every language for every task', () => {
  const tasks = GUIDE.split(/^## /m).slice(1);
  expect(tasks.length).toBeGreaterThan(8);
  for (const task of tasks) {
    for (const language of ['ts', 'python']) expect(codeBlocks(task, language), task).toHaveLength(1);
    expect(codeBlocks(task, 'sh').length + codeBlocks(task, 'console').length, task).toBe(1);
  }
});

it('can be asked with curl', async () => {
  // What a service refuses ends the program.
  const strict = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; }\n';
  const printed = await output('bash', 'guide.sh', strict + codeBlocks(GUIDE, 'sh').join(''));
  expect(printed).toContain('EDICT');
  expect(printed).toContain('"state":"succeeded"');
});

it('can be asked with the client for TypeScript', async () => {
  const printed = await output(process.execPath, 'guide.mjs', codeBlocks(GUIDE, 'ts').join(''));
  expect(printed).toContain('EDICT');
  expect(printed.trimEnd()).toMatch(/no paper has the id "unknown"$/);
});

it('can be asked with Python', async () => {
  const printed = await output('python3', 'guide.py', codeBlocks(GUIDE, 'python').join('\n'));
  expect(printed).toContain('EDICT');
  expect(printed.trimEnd()).toMatch(/no paper has the id "unknown"$/);
});

it("runs what the client's README shows", async () => {
  for (const [i, code] of codeBlocks(README, 'ts').entries()) {
    expect(await output(process.execPath, `readme-${i}.mjs`, code)).not.toBe('');
  }
});
