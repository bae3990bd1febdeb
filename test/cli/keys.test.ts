/** Keys from the command line, and a service that reads them; what is open to others only because nobody said anything does not start. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectWrongUse, jsonOf, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { killServers, startServer } from '../support/server.ts';

let dir: TempDir;
beforeAll(async () => {
  dir = await copySeeded();
});
afterAll(async () => {
  await killServers();
  await dir.remove();
});

const create = (...args: string[]) => runCli(['keys', 'create', ...args], { dataDir: dir.path });

it('prints a key once and the line that keeps it, each time another', async () => {
  const { code, stdout, stderr } = await create('ci', '--scope', 'read');
  expect(code).toBe(0);
  const [key = '', line = ''] = stdout.split('\n');
  expect(key).toMatch(/^pk_[\w-]{43}$/);
  expect(line).toMatch(/^ci:read:[0-9a-f]{64}$/);
  expect(stderr).not.toContain(key);
  const again = jsonOf((await runCli(['--json', 'keys', 'create', 'ci', '--scope', 'read'], { dataDir: dir.path })).stdout);
  expect(again).toMatchObject({ name: 'ci', scope: 'read' });
  expect(again['key']).not.toBe(key);
  expectWrongUse(await create('ci'));
  expectWrongUse(await create('ci', '--scope', 'root'));
  expectWrongUse(await create('a:b', '--scope', 'read'));
});

it('adds lines to a file for its owner alone, which a service opens with', async () => {
  const file = join(dir.path, 'keys.txt');
  const keys = [];
  for (const scope of ['read', 'admin']) {
    const { stdout } = await create(`${scope}er`, '--scope', scope, '--file', file);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    keys.push(stdout.trim());
  }
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^reader:read:[0-9a-f]{64}\nadminer:admin:[0-9a-f]{64}\n$/);
  for (const key of keys) expect(text).not.toContain(key);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const { url } = await startServer(dir.path, { HOST: '0.0.0.0', API_KEYS_FILE: file });
  const statusOf = async (path: string, key?: string) =>
    (await fetch(url + path, key === undefined ? {} : { headers: { 'x-api-key': key } })).status;
  expect(await statusOf('/v1/info')).toBe(401);
  expect(await statusOf('/v1/info', keys[0])).toBe(200);
  expect(await statusOf('/v1/jobs', keys[0])).toBe(403);
  expect(await statusOf('/v1/jobs', keys[1])).toBe(200);
  expect(await statusOf('/readyz')).toBe(200);
});

it('does not start on an address that others reach while nothing says what they may do: one line says what to set', async () => {
  const serve = (env: Record<string, string>) => runCli(['serve'], { dataDir: join(dir.path, 'nothing-here'), env });
  const refused = await serve({ HOST: '0.0.0.0' });
  expectWrongUse(refused);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
  expect(refused.stderr).toMatch(/HOST=0\.0\.0\.0.*API_KEYS.*keys create.*ANONYMOUS/);
  // A key as it is does not appear in the complaint about it.
  const wrong = await serve({ API_KEYS: 'pk_not-hashed' });
  expectWrongUse(wrong);
  expect(wrong.stderr).toContain('API_KEYS: entry 1 is not');
  expect(wrong.stderr).not.toContain('not-hashed');
});
