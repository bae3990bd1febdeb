/** A change of the model: rehearsed beside the one that serves, switched and taken back without a failed request. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest, spaceOf } from '#dist/embed/manifest.js';
import { openThreadedStores } from '#dist/papers/threaded-stores.js';
import { jsonOf, type RunOptions, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { infoOf, killServers, startServer } from '../support/server.ts';

const TINY = fileURLToPath(new URL('../models/tiny/', import.meta.url));
const BUNDLED = fileURLToPath(new URL('../../models/paperkin-papers/', import.meta.url));

let dir: TempDir;
beforeEach(async () => {
  dir = await copySeeded();
});
afterEach(async () => {
  await killServers();
  await dir.remove();
});

const run = (args: string[], options: Partial<RunOptions> = {}) => runCli(args, { dataDir: dir.path, ...options });

describe('paperkin migrate', () => {
  it('changes nothing in a rehearsal, and overlaps wholly with the same model under another name', async () => {
    const twin = join(dir.path, 'models/twin');
    await cp(BUNDLED, twin, { recursive: true });
    const before = jsonOf((await run(['--json', 'info'])).stdout);
    const generations = await readdir(join(dir.path, 'generations'));
    const rehearsed = await run(['--json', '--model', 'twin', 'migrate']);
    expect(rehearsed.code, rehearsed.stderr).toBe(0);
    expect(jsonOf(rehearsed.stdout)).toMatchObject({
      embedded: 0,
      rehearsal: { sample: 409, overlap10: 1, rankChurn: 0 },
      switched: false,
    });
    expect(jsonOf((await run(['--json', 'info'])).stdout)).toEqual(before);
    expect(await readdir(join(dir.path, 'generations'))).toEqual(generations);
  });

  it('goes over to another model and back while the service answers, and finds what came meanwhile', async () => {
    expect((await run(['models', 'pull', TINY])).code).toBe(0);
    const { url, client } = await startServer(dir.path);
    let answered = 0;
    const asking = new AbortController();
    const loop = (async () => {
      while (!asking.signal.aborted) {
        await Promise.all([client.search({ q: 'diffusion', mode: 'dense', k: 3 }), client.similar('dp-60405e37808f', { k: 3 })]);
        answered += 2;
      }
    })();
    // Its refusal is for the end of the test, where it is waited for.
    loop.catch(() => undefined);

    const migrated = await run(['--json', '--model', 'tiny', 'migrate', '--cutover']);
    expect(migrated.code, migrated.stderr).toBe(0);
    const report = jsonOf(migrated.stdout);
    expect(report).toMatchObject({ from: { model: 'paperkin-papers' }, to: { model: 'tiny' }, embedded: 409, switched: true });
    expect((report['rehearsal'] as { overlap10: number }).overlap10).toBeLessThan(1);
    await expect.poll(() => infoOf(url), { timeout: 20_000 }).toMatchObject({ model: { dim: 24 }, indexed: 409, notice: null });

    const late = { id: 'late', title: 'Glacier melt rates', abstract: 'How fast glaciers melt.' };
    expect(await client.papers.post([late], { wait: true })).toMatchObject({ new: 1, indexed: true });

    const back = await run(['--json', 'migrate', '--rollback']);
    expect(back.code, back.stderr).toBe(0);
    expect(jsonOf(back.stdout)).toMatchObject({ from: { model: 'tiny' }, to: { model: 'paperkin-papers' }, switched: true });
    await expect.poll(() => infoOf(url), { timeout: 20_000 }).toMatchObject({ model: { dim: 384 }, indexed: 410, pending: 0 });
    const { results } = await client.search({ q: 'glacier melt rates', mode: 'dense', k: 1 });
    expect(results[0]?.paper.id).toBe('late');

    asking.abort();
    await loop;
    expect(answered).toBeGreaterThan(10);
  });

  it('does not go forward again when a rollback that had switched died before its last word', async () => {
    expect((await run(['models', 'pull', TINY])).code).toBe(0);
    for (const args of [
      ['--model', 'tiny', 'migrate', '--cutover'],
      ['migrate', '--rollback'],
    ])
      expect((await run(args)).code).toBe(0);
    const { jobs, close } = await openThreadedStores(join(dir.path, 'paperkin.db'));
    const { id } = await jobs.addJob('migrate', { rollback: true });
    await jobs.claimJobById(id);
    const away = spaceOf(await readManifest(join(dir.path, 'models/tiny')));
    await jobs.noteProgress(id, { step: 'beginning', done: 0, total: null, rate: null }, { away });
    await close();

    const again = await run(['--json', 'migrate', '--rollback']);
    const report = { from: { model: 'tiny' }, to: { model: 'paperkin-papers' }, embedded: 0, switched: true };
    expect(jsonOf(again.stdout), again.stderr).toMatchObject(report);
    expect(jsonOf((await run(['--json', 'info'])).stdout)).toMatchObject({ model: { name: 'paperkin-papers' }, notice: null });
  });

  it('measures both models on an evaluation folder', async () => {
    expect((await run(['models', 'pull', TINY])).code).toBe(0);
    const folder = join(dir.path, 'evals/two');
    await cp(fileURLToPath(new URL('two-papers/', import.meta.url)), folder, { recursive: true });
    const { stdout, stderr } = await run(['--json', '--model', 'tiny', 'migrate', '--eval', folder]);
    const quality = { ndcg10: expect.any(Number), recall20: 1, mrr10: expect.any(Number), queries: 2 };
    expect(jsonOf(stdout), stderr).toMatchObject({ quality: { two: { before: { ...quality, mrr10: 1 }, after: quality } } });
    const evaluated = await run(['--json', 'evaluate', folder]);
    expect(jsonOf(evaluated.stdout)).toMatchObject({ model: 'paperkin-papers', quality: { two: { mrr10: 1, ndcg10: 1 } } });
  });

  it.each([
    ['no model', ['migrate', '--cutover']],
    ['a model that is not there', ['--model', 'nobody', 'migrate']],
    ['both ways at once', ['--model', 'paperkin-papers', 'migrate', '--rollback']],
  ])('ends with 2 for %s', async (_what, args) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('a data folder whose vectors are of another model than the one asked for', () => {
  it('is served with the model its vectors are of, and says what to run', async () => {
    expect((await run(['models', 'pull', TINY])).code).toBe(0);
    const { url, steps } = await startServer(dir.path, { MODEL: 'tiny' });
    expect(steps).toContain('"paperkin migrate --model tiny --cutover"');
    expect(steps).not.toContain('embedded');
    expect(await infoOf(url)).toMatchObject({
      model: { name: 'paperkin-papers', dim: 384 },
      indexed: 409,
      pending: 0,
      notice: expect.stringContaining('paperkin migrate'),
    });
  });

  it('is not served when that model is gone, says what to run, and is served after that', async () => {
    expect((await run(['models', 'pull', TINY])).code).toBe(0);
    expect((await run(['--model', 'tiny', 'migrate', '--cutover'])).code).toBe(0);
    // One byte more is another model, and the old one is nowhere.
    const tokenizer = join(dir.path, 'models/tiny/tokenizer.json');
    await writeFile(tokenizer, `${await readFile(tokenizer, 'utf8')}\n`);
    await rm(join(dir.path, 'models/tiny/manifest.json'));
    expect((await run(['models', 'pull', join(dir.path, 'models/tiny')])).code).toBe(0);
    const refused = await run(['search', 'diffusion']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('"paperkin migrate --model tiny --cutover"');
    const migrated = await run(['--json', '--model', 'tiny', 'migrate', '--cutover']);
    expect(jsonOf(migrated.stdout), migrated.stderr).toMatchObject({ embedded: 409, switched: true });
    expect((await run(['search', 'diffusion'])).code).toBe(0);
  });
});
