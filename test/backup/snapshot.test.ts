// Covers `paperkin snapshot` beside a process that writes, and that all of it comes back: papers, vectors and the choice of the model.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { VectorChange } from '#dist/papers/paper-store.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { jsonOf, MAIN, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir, tempDir } from '../support/seeded.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

const run = (dataDir: string, args: string[]) => runCli(args, { dataDir });
const infoOf = async (dataDir: string) => jsonOf((await run(dataDir, ['--json', 'info'])).stdout);
const exportOf = async (dataDir: string) => (await run(dataDir, ['export'])).stdout;

/** Everything that has a vector, by id. */
async function vectorsOf(dataDir: string, space: string): Promise<Map<string, VectorChange['vector']>> {
  const store = new SqlitePaperStore(join(dataDir, 'paperkin.db'), { readOnly: true });
  const changes = await store.changes({ id: space, dim: 384 }, { since: 0, limit: 100_000 });
  await store.close();
  return new Map(changes.map(({ id, vector }) => [id, vector]));
}

describe('a snapshot of the seeds', () => {
  it('comes back elsewhere with its papers, vectors and model, and nothing is embedded again', async () => {
    const source = await copySeeded();
    try {
      await run(source.path, ['models', 'use', 'paperkin-papers']);
      const file = join(dir.path, 'seeds.snapshot');
      const taken = await run(source.path, ['--json', 'snapshot', file]);
      expect(taken.code, taken.stderr).toBe(0);
      const { size } = await stat(file);
      expect(jsonOf(taken.stdout)).toMatchObject({ file, papers: 409, model: 'paperkin-papers', sizeBytes: size });

      const target = join(dir.path, 'not/there/yet');
      const restored = await run(target, ['--json', 'restore', file]);
      expect(restored.code, restored.stderr).toBe(0);
      expect(jsonOf(restored.stdout)).toMatchObject({ papers: 409, indexed: 409, pending: 0, model: 'paperkin-papers' });
      expect((await run(target, ['--json', 'reindex'])).code).toBe(3);

      const [before, after] = [await infoOf(source.path), await infoOf(target)];
      expect(after).toMatchObject({ papers: 409, pending: 0, revision: before['revision'], space: before['space'] });
      expect(await vectorsOf(target, String(after['space']))).toEqual(await vectorsOf(source.path, String(before['space'])));
      expect(await exportOf(target)).toBe(await exportOf(source.path));
      expect(await readFile(join(target, 'model.json'))).toEqual(await readFile(join(source.path, 'model.json')));
      const query = ['--json', 'search', 'koopman', 'operator', '-k', '5'];
      const results = async (dataDir: string) => jsonOf((await run(dataDir, query)).stdout)['results'];
      expect(await results(target)).toEqual(await results(source.path));
    } finally {
      await source.remove();
    }
  });
});

describe('a snapshot beside a process that writes', () => {
  it('is of one moment, and brings back the very vectors that were there, into the folder of the killed process too', async () => {
    const source = join(dir.path, 'source');
    const papers = Array.from({ length: 1_500 }, (_, i) => ({
      id: `p${i}`,
      title: `Paper ${i}`,
      abstract: `Text number ${i}. `.repeat(30),
    }));
    const input = join(dir.path, 'papers.jsonl');
    await writeFile(input, papers.map((paper) => JSON.stringify(paper)).join('\n'));
    const child = spawn(process.execPath, [MAIN, 'import', input], {
      env: { ...process.env, DATA_DIR: source, EMBED_PROCESSES: '1' },
      stdio: 'ignore',
    });
    try {
      const revision = async () => {
        const store = new SqlitePaperStore(join(source, 'paperkin.db'), { readOnly: true });
        return store.revision().finally(() => store.close());
      };
      // Every paper's first revision, and those of a batch of vectors.
      await expect.poll(() => revision().catch(() => 0), { timeout: 30_000 }).toBeGreaterThan(1_500);
      const file = join(dir.path, 'busy.snapshot');
      const taken = await run(source, ['--json', 'snapshot', file]);
      expect(taken.code, taken.stderr).toBe(0);
      expect(child.exitCode).toBeNull();
      const moment = z.object({ papers: z.number(), revision: z.number() }).parse(JSON.parse(taken.stdout));
      await expect.poll(revision, { timeout: 30_000 }).toBeGreaterThan(moment.revision);

      const refused = await run(source, ['restore', '--replace', file]);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(/is written by the process \d+/);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const space = String((await infoOf(source))['space']);
      const known = await vectorsOf(source, space);

      const elsewhere = join(dir.path, 'elsewhere');
      const restored = jsonOf((await run(elsewhere, ['--json', 'restore', file])).stdout);
      expect(restored).toMatchObject(moment);
      const vectors = await vectorsOf(elsewhere, space);
      expect(vectors.size).toBeGreaterThan(0);
      expect(restored).toMatchObject({ papers: 1_500, indexed: vectors.size, pending: 1_500 - vectors.size });
      for (const [id, vector] of vectors) expect(vector).toEqual(known.get(id));

      // Its log and its newer revisions must leave no trace.
      const again = await run(source, ['--json', 'restore', '--replace', file]);
      expect(jsonOf(again.stdout)).toEqual(restored);
      expect(await vectorsOf(source, space)).toEqual(vectors);
      expect(await exportOf(source)).toBe(await exportOf(elsewhere));
    } finally {
      child.kill('SIGKILL');
    }
  });
});
