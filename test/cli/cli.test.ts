/** The command line as a user runs it: a process, its output and its exit code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { expectWrongUse, jsonOf, MAIN, type RunOptions, runCli } from '../support/cli.ts';
import { copySeeded, type TempDir, tempDir } from '../support/seeded.ts';

const PAGES = fileURLToPath(new URL('../../seeds/pages/', import.meta.url));

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

const run = (args: string[], options: Partial<RunOptions> = {}) => runCli(args, { dataDir: dir.path, ...options });

describe('paperkin import', () => {
  it('stores, embeds and indexes, says what it did, and says 3 when nothing is new', async () => {
    const file = join(dir.path, 'papers.jsonl.gz');
    const lines = [
      { id: 'a', title: 'Whale songs', abstract: 'How whales sing.' },
      { id: 'b', title: 'Bird flight', abstract: 'How birds fly.', date: '2020' },
    ];
    await writeFile(file, gzipSync(lines.map((line) => JSON.stringify(line)).join('\n')));
    const first = await run(['--json', 'import', file]);
    expect(first.code, first.stderr).toBe(0);
    expect(jsonOf(first.stdout)).toMatchObject({ new: 2, changed: 0, unchanged: 0, rejected: 0, embedded: 2 });
    const second = await run(['--json', 'import', file]);
    expect(second.code).toBe(3);
    expect(jsonOf(second.stdout)).toMatchObject({ new: 0, unchanged: 2, embedded: 0 });

    const search = await run(['--json', 'search', 'singing', 'whales', '-k', '1']);
    expect(search.code).toBe(0);
    expect(search.stdout).toContain('"id":"a"');
    expect((await run(['similar', 'a'])).stdout).toContain('Bird flight');
    const recommended = await run(['recommend', 'a', '--like-text', 'singing', '--dislike-text', 'ships', '-k', '1']);
    expect(recommended.stdout, recommended.stderr).toContain('Bird flight');
    expect(await run(['recommend', 'a', 'nobody', '--on-missing', 'error'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"nobody"'),
    });
    expectWrongUse(await run(['recommend']));
  });

  it('says what it would do without doing it', async () => {
    const file = join(dir.path, 'papers.jsonl');
    await writeFile(file, '{"id":"a","title":"Whale songs"}\n');
    await run(['import', file]);
    await writeFile(
      file,
      '{"id":"a","title":"Whale songs"}\n{"id":"b","title":"Bird flight"}\n{"id":"c","title":"Bird flight"}\nx\n',
    );
    const before = jsonOf((await run(['--json', 'info'])).stdout);
    const price = await run(['--json', 'import', '--dry-run', file]);
    expect(jsonOf(price.stdout), price.stderr).toMatchObject({
      papers: { new: 2, changed: 0, unchanged: 1, rejected: 1 },
      texts: 1,
      tokens: expect.any(Number),
      etaS: expect.any(Number),
    });
    expect(jsonOf((await run(['--json', 'info'])).stdout)).toEqual(before);
  });

  it('reports a bad line with its number, skips it and stores the rest, from standard input too', async () => {
    const input = '{"id":"a","title":"Good"}\nnot json\n{"id":"b"}\n';
    const { code, stdout, stderr } = await run(['--json', 'import', '-'], { input });
    expect(code).toBe(0);
    expect(jsonOf(stdout)).toMatchObject({ new: 1, rejected: 2 });
    expect(stderr).toContain('-:2: not valid JSON');
    expect(stderr).toMatch(/-:3: title: /);
  });

  it('finds the format of each file by itself, and refuses all files with 2 when one is of no known kind', async () => {
    const bib = join(dir.path, 'references');
    const csv = join(dir.path, 'table.txt');
    const prose = join(dir.path, 'letter.csv');
    await writeFile(bib, '@article{a, title = {On {W}hales}, eprint = {2301.00001v1}}\n@article{b, title = }\n');
    await writeFile(csv, gzipSync('Title,DOI\nOn birds,10.1145/ABC\n'));
    await writeFile(prose, 'Dear reader,\n');
    const refused = await run(['import', bib, prose]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
    expect(refused.stderr).toMatch(/letter\.csv is none of jsonl, csv, arxiv-atom, oai-pmh, openalex, s2, bibtex, daily-papers/);
    const { code, stdout, stderr } = await run(['--json', 'import', bib, csv]);
    expect(code, stderr).toBe(0);
    expect(jsonOf(stdout)).toMatchObject({ new: 2, rejected: 1 });
    expect(stderr).toContain(`${bib}:2: `);
    expect((await run(['similar', 'https://doi.org/10.1145/abc'])).stdout).toContain('On Whales');
  });

  it('reads the saved pages of both layouts into the papers of the bundled corpus', async () => {
    const names = ['000_69870ce824513950.txt', '001_abad4fd2f282b0d0.txt'];
    const { code, stdout } = await run(['--json', 'import', '--format', 'daily-papers', ...names.map((name) => join(PAGES, name))]);
    expect(code).toBe(0);
    const seeds = (await readFile(new URL('../../seeds/papers.jsonl', import.meta.url), 'utf8')).trim().split('\n');
    const expected = seeds.filter((line) => names.some((name) => line.includes(name))).length;
    expect(jsonOf(stdout)).toMatchObject({ new: expected, rejected: 0, embedded: expected });
  });

  it('names file and line of a page that it cannot read, with exit code 1', async () => {
    const page = join(dir.path, 'page.txt');
    await writeFile(page, 'new\n\nSubscribe\n\nDaily Papers\n\nA title without an abstract\n');
    const { code, stderr } = await run(['import', '--format', 'daily-papers', page]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${page}:7: no abstract after the title`);
  });

  it('goes on after kill -9 without embedding again what was embedded', async () => {
    const lines = Array.from({ length: 1_500 }, (_, i) => ({
      id: `p${i}`,
      title: `Paper ${i}`,
      abstract: `Text number ${i}. `.repeat(20),
    }));
    const file = join(dir.path, 'papers.jsonl');
    await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
    const env = { ...process.env, DATA_DIR: dir.path, EMBED_PROCESSES: '1' };
    const child = spawn(process.execPath, [MAIN, 'import', file], { env, stdio: 'ignore' });
    // By the store: a command of its own would start too slowly to look often.
    const embedded = async () => {
      if (!existsSync(join(dir.path, 'paperkin.db'))) return 0;
      const store = new SqlitePaperStore(join(dir.path, 'paperkin.db'), { readOnly: true });
      return (await store.spaces().finally(() => store.close()))[0]?.vectors ?? 0;
    };
    // While the database is being made it cannot be read.
    const some = () => embedded().catch(() => 0);
    await expect.poll(some, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const pending = 1_500 - (await embedded());
    expect(pending).toBeGreaterThan(0);
    const again = await run(['--json', 'import', file]);
    expect(again.code, again.stderr).toBe(0);
    // It is the same job that goes on: what it stored before it died is new too.
    expect(jsonOf(again.stdout)).toMatchObject({ new: 1_500, changed: 0, unchanged: 0, embedded: pending });
    expect(jsonOf((await run(['--json', 'info'])).stdout)).toMatchObject({ papers: 1_500, indexed: 1_500, pending: 0 });
  });
});

describe('paperkin reindex and info', () => {
  it('says that nothing changed, and builds the same index anew when told to', async () => {
    const seeded = await copySeeded();
    try {
      const dataDir = seeded.path;
      expect((await run(['reindex'], { dataDir })).code).toBe(3);
      const before = jsonOf((await run(['--json', 'info'], { dataDir })).stdout);
      const rebuilt = await run(['--json', 'reindex', '--rebuild'], { dataDir });
      expect(rebuilt.code, rebuilt.stderr).toBe(0);
      expect(jsonOf(rebuilt.stdout)).toMatchObject({ papers: 409, generation: expect.any(String) });
      const after = jsonOf((await run(['--json', 'info'], { dataDir })).stdout);
      expect(after).toMatchObject({ papers: 409, indexed: 409 });
      expect(after['generation']).not.toBe(before['generation']);
    } finally {
      await seeded.remove();
    }
  });
});

describe('wrong use', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['fly']],
    ['an unknown option', ['search', 'x', '--loud']],
    ['a missing argument', ['search']],
    ['k out of range', ['search', 'x', '-k', '500']],
    ['an unknown mode', ['search', 'x', '--mode', 'magic']],
    ['a file that is not there', ['import', '/nowhere/papers.jsonl']],
    ['an unknown format', ['import', '--format', 'docx', MAIN]],
    ['an empty data folder', ['info']],
  ])('ends with 2 for %s', async (_what, args) => {
    expectWrongUse(await run(args));
  });

  it('names a setting that is wrong in one line', async () => {
    const { code, stderr } = await run(['info'], { env: { PORT: 'http' } });
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('PORT');
  });

  it('ends with 1 and one line for a model folder that is none', async () => {
    const { code, stderr } = await run(['--model', dir.path, 'import', '-'], { input: '' });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('manifest.json');
  });

  it('shows help with examples for every command', async () => {
    const commands = [
      'serve',
      'import',
      'search',
      'similar',
      'recommend',
      'reindex',
      'migrate',
      'evaluate',
      'jobs',
      'export',
      'snapshot',
      'restore',
      'info',
      'models',
    ];
    for (const command of commands) {
      const { code, stdout } = await run([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('Examples:');
    }
  });
});
