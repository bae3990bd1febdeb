/** What a job on stored papers would cost, on the command line and over HTTP, against what it then does. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobsSchema, priceSchema } from '#dist/http/job-schemas.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { dataFolder } from '#dist/services.js';
import { expectWrongUse, jsonOf, runCli } from '../support/cli.ts';
import { copySeeded, openSeededApp, type SeededApp, type TempDir } from '../support/seeded.ts';
import { killServers, startServer } from '../support/server.ts';
import { problemOf } from '../support/wire.ts';

const TINY = fileURLToPath(new URL('../models/tiny/', import.meta.url));

/** Two texts in three papers. */
const WAITING = [
  { id: 'w1', title: 'Glacier melt rates', abstract: 'How fast glaciers melt in a warmer climate.' },
  { id: 'w2', title: 'Glacier melt rates', abstract: 'How fast glaciers melt in a warmer climate.' },
  { id: 'w3', title: 'Whale songs', abstract: 'How whales sing in chorus over hundreds of kilometres.' },
];
const SOME = { tokens: expect.any(Number), etaS: expect.any(Number) };
const unchanged = (papers: number) => ({ new: 0, changed: 0, unchanged: papers, rejected: 0 });

/** Stored, and not embedded. */
async function leaveWaiting(dataDir: string): Promise<void> {
  const store = new SqlitePaperStore(dataFolder({ dataDir }).database);
  await store.upsert(WAITING, 'merge');
  await store.close();
}

describe('on the command line', () => {
  let dir: TempDir;
  beforeEach(async () => {
    dir = await copySeeded();
    await leaveWaiting(dir.path);
  });
  afterEach(async () => {
    await killServers();
    await dir.remove();
  });

  const run = (...args: string[]) => runCli(args, { dataDir: dir.path });
  async function priceOf(...args: string[]) {
    const { code, stdout, stderr } = await run('--json', ...args, '--dry-run');
    expect(code, stderr).toBe(0);
    return priceSchema.parse(JSON.parse(stdout));
  }
  const state = async () => ({
    info: jsonOf((await run('--json', 'info')).stdout),
    generations: await readdir(join(dir.path, 'generations')),
  });

  it('prices a reindex of what has no vector, of all, and a graph built anew, and changes nothing', async () => {
    const before = await state();
    const pending = await priceOf('reindex');
    expect(pending).toEqual({ papers: unchanged(412), texts: 2, ...SOME, rebuilt: 0 });
    const all = await priceOf('reindex', '--all');
    expect(all).toEqual({ papers: unchanged(412), texts: 411, ...SOME, rebuilt: 412 });
    expect(all.etaS).toBeGreaterThan(pending.etaS ?? 0);
    expect(await priceOf('reindex', '--rebuild')).toEqual({
      papers: unchanged(412),
      texts: 0,
      tokens: 0,
      etaS: null,
      rebuilt: 409,
    });
    expect(await state()).toEqual(before);

    const done = z.object({ embedded: z.int(), tokens: z.int() }).parse(jsonOf((await run('--json', 'reindex')).stdout));
    expect(done.embedded).toBe(pending.texts);
    expect(pending.tokens / done.tokens).toBeGreaterThan(0.7);
    expect(pending.tokens / done.tokens).toBeLessThan(1.4);
    expect((await run('reindex', '--dry-run')).stdout).toContain('0 texts to embed, about 0 tokens, 0 s');
    // Two papers with one text are embedded once.
    expect(jsonOf((await run('--json', 'reindex', '--all')).stdout)).toMatchObject({ embedded: all.texts });
  });

  it('prices a change of model by the texts that have no vector of it yet, beside a running service too', async () => {
    expect((await run('models', 'pull', TINY)).code).toBe(0);
    const migrate = ['--model', 'tiny', 'migrate'];
    const before = await state();
    expect(await priceOf(...migrate)).toEqual({ papers: unchanged(412), texts: 411, ...SOME, rebuilt: 412 });
    expect(await state()).toEqual(before);
    expect(jsonOf((await run('--json', ...migrate)).stdout)).toMatchObject({ embedded: 411, switched: false });
    const known = (await run('jobs', 'list')).stdout;
    await startServer(dir.path);
    expect(await priceOf(...migrate)).toEqual({ papers: unchanged(412), texts: 0, tokens: 0, etaS: null, rebuilt: 412 });
    expect((await run('jobs', 'list')).stdout).toBe(known);
  });

  it('ends with 2 for what has no price or names no model', async () => {
    const rollback = await run('migrate', '--rollback', '--dry-run');
    expectWrongUse(rollback);
    expect(rollback.stderr).toContain('a rollback');
    expectWrongUse(await run('migrate', '--dry-run'));
    expectWrongUse(await run('--model', 'nobody', 'migrate', '--dry-run'));
    expectWrongUse(await run('evaluate', '--dry-run', dir.path));
  });
});

describe('over HTTP', () => {
  let seeded: SeededApp;
  beforeAll(async () => {
    seeded = await openSeededApp();
  });
  afterAll(() => seeded.close());

  const ask = (payload: object) => seeded.app.inject({ method: 'POST', url: '/v1/jobs?dryRun=true', payload });

  it('answers with the price of each job on stored papers, and takes none of them', async () => {
    await seeded.services.store.upsert(WAITING, 'merge');
    const tiny = await runCli(['models', 'pull', TINY], { dataDir: seeded.config.dataDir });
    expect(tiny.code, tiny.stderr).toBe(0);
    const revision = await seeded.services.store.revision();
    const prices = [
      [{ kind: 'reindex' }, { texts: 2, ...SOME, rebuilt: 0 }],
      [
        { kind: 'reindex', all: true },
        { texts: 411, ...SOME, rebuilt: 412 },
      ],
      [{ kind: 'compact' }, { texts: 0, tokens: 0, etaS: null, rebuilt: 409 }],
      [
        { kind: 'migrate', model: 'tiny' },
        { texts: 411, ...SOME, rebuilt: 412 },
      ],
    ] as const;
    const answers = await Promise.all(prices.map(([job]) => ask(job)));
    for (const [i, [, price]] of prices.entries()) {
      expect(answers[i]?.statusCode, answers[i]?.body).toBe(200);
      expect(priceSchema.parse(answers[i]?.json())).toEqual({ papers: unchanged(412), ...price });
    }
    expect(await seeded.services.store.revision()).toBe(revision);
    expect(jobsSchema.parse((await seeded.app.inject('/v1/jobs')).json()).jobs).toEqual([]);
  });

  it.each([
    ['a rollback', { kind: 'migrate', rollback: true }, /a rollback .*without dryRun/],
    ['an evaluation', { kind: 'evaluate', evals: ['mine'] }, /an evaluation .*without dryRun/],
    ['a model that is not there', { kind: 'migrate', model: 'nobody' }, /nobody/],
    ['a migration to nowhere', { kind: 'migrate' }, /model: must name/],
  ])('answers 400 for %s', async (_what, payload, detail) => {
    const problem = problemOf(await ask(payload));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_input', detail: expect.stringMatching(detail) });
  });
});
