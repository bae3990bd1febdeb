/**
 * The Dockerfile, followed step by step in an empty folder: what it copies exists and is let through, the build and
 * the production prune run, and the result starts as its CMD says. `apt-get` and `npm ci` are taken as done.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nativeKernels } from '#dist/embed/native-encoder.js';
import { infoSchema } from '#dist/http/schemas.js';
import { type TempDir, tempDir } from './support/seeded.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Instruction {
  name: string;
  rest: string;
}

const instructions: Instruction[] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));

/** Paths that `.dockerignore` lets into the build. */
const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1).replace(/\/$/, ''));

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

function copy(rest: string, stage: string, stages: ReadonlyMap<string, string>): void {
  const words = rest.split(' ');
  const from = /^--from=(\w+)$/.exec(words[0] ?? '')?.[1];
  if (from !== undefined) words.shift();
  const target = words.pop() ?? '';
  for (const source of words) {
    const name = source.replace(/^\/app\//, '').replace(/\/$/, '');
    const path = join(from === undefined ? ROOT : (stages.get(from) ?? ''), name);
    expect(existsSync(path), `${source} of the Dockerfile exists`).toBe(true);
    if (from === undefined)
      expect(
        allowed.some((entry) => name === entry || name.startsWith(`${entry}/`)),
        `${name} is let in`,
      ).toBe(true);
    const into = target === './' ? join(stage, name) : join(stage, target);
    mkdirSync(dirname(into), { recursive: true });
    cpSync(path, into, { recursive: true, verbatimSymlinks: true });
  }
}

function runStep(command: string, stage: string): void {
  if (/^(apt-get|mkdir \/data)/.test(command)) return;
  // Hard links: the prune below removes names, never the project's own files, also where its node_modules is a link.
  if (command === 'npm ci') execFileSync('cp', ['-al', realpathSync(join(ROOT, 'node_modules')), join(stage, 'node_modules')]);
  else execFileSync('sh', ['-c', command], { cwd: stage, stdio: 'pipe', env: { ...process.env, npm_config_offline: 'true' } });
}

it('builds, prunes and starts', { timeout: 240_000 }, async () => {
  const stages = new Map<string, string>();
  const env: Record<string, string> = {};
  let stage = '';
  let command: string[] = [];
  let health: string[] = [];
  for (const { name, rest } of instructions) {
    if (name === 'FROM') {
      const alias = / AS (\w+)$/.exec(rest)?.[1] ?? 'final';
      stage = join(dir.path, alias);
      mkdirSync(stage);
      stages.set(alias, stage);
    } else if (name === 'COPY') copy(rest, stage, stages);
    else if (name === 'RUN') runStep(rest, stage);
    else if (name === 'ENV') for (const pair of rest.split(' ')) env[pair.split('=')[0] ?? ''] = pair.split('=')[1] ?? '';
    else if (name === 'CMD') command = JSON.parse(rest) as string[];
    else if (name === 'HEALTHCHECK') health = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
  }
  expect(instructions.find(({ name }) => name === 'USER')?.rest).toBe('node');
  expect(existsSync(join(stage, 'node_modules/vitest'))).toBe(false);
  expect(existsSync(join(stage, 'src'))).toBe(false);

  // As it is, the container is reached from outside and nothing says by whom: it asks to be told.
  const untold = spawnSync(command[0] ?? '', command.slice(1), { cwd: stage, env: { ...process.env, ...env, DATA_DIR: dir.path } });
  expect(untold.status).toBe(2);
  expect(untold.stderr.toString()).toContain('ANONYMOUS=');

  const port = '3918';
  const settings = {
    ...process.env,
    ...env,
    ANONYMOUS: 'read',
    PORT: port,
    DATA_DIR: join(dir.path, 'data'),
    EMBED_PROCESSES: '1',
  };
  const server = spawn(command[0] ?? '', command.slice(1), { cwd: stage, env: settings, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'exit');
  try {
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await expect.poll(() => said, { timeout: 60_000 }).toContain('serving 409 papers');
    execFileSync(health[0] ?? '', health.slice(1), { env: settings });
    const info = infoSchema.parse(await (await fetch(`http://127.0.0.1:${port}/v1/info`)).json());
    expect(info.papers).toBe(409);
    expect(info.runtime).toEqual({ name: `native ${nativeKernels()[0]}`, notice: null });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
});
