// Covers `paperkin export`: what it writes is read back into the very same papers, as they were at one moment.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportPapers } from '#dist/backup/export-papers.js';
import { importPapers } from '#dist/jobs/import-papers.js';
import { draftFromInput, type PaperDraft, type PaperInput, paperInputSchema } from '#dist/paper.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { readFiles } from '#dist/seeds/read-files.js';
import type { SeedRecord } from '#dist/seeds/seed-record.js';
import { jsonOf, runCli } from '../support/cli.ts';
import { type TempDir, tempDir } from '../support/seeded.ts';

const RUNNING = new AbortController().signal;

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

const text = (max: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: max }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: max }),
    fc.constantFrom(
      '$\\alpha^{2}$ {\\"o} \\"authorCount\\": 1',
      'a\nb\r\nc',
      '"',
      '\\',
      '\u2028',
      '<feed> {"results": [',
      '\u0000',
    ),
  );
const id = fc.oneof(
  fc.stringMatching(/^[\w:/.-]{1,12}$/),
  fc.constantFrom(
    'arxiv:cs/0112017',
    'doi:10.1145/3292500.3330701',
    'openalex:W12',
    'https://openalex.org/W12',
    'ü/ä b',
    '論文/1',
    '𝛼',
    'a b',
  ),
);
const paper = fc
  .record<PaperInput>(
    {
      id,
      title: text(40),
      abstract: fc.oneof(fc.constant(''), text(80)),
      authors: fc.array(text(12), { maxLength: 3 }),
      authorCount: fc.option(fc.integer({ min: 1, max: 100_000 })),
      publishedAt: fc.constantFrom(null, '1999', '2020-05', '2020-05-01'),
      categories: fc.array(text(6), { maxLength: 2 }),
      venue: fc.option(text(10)),
      url: fc.constantFrom(null, 'https://openalex.org/W12', 'http://a.b/c?d=ü#e', 'https://doi.org/10.1/a%20b'),
      source: fc.option(text(8)),
      version: fc.constantFrom(null, 1, 12),
    },
    { requiredKeys: ['id', 'title'] },
  )
  // What the edges let in, as they let it in.
  .map((input) => paperInputSchema.safeParse(input))
  .filter(({ success }) => success)
  .map(({ data }) => draftFromInput(data as PaperInput));
const papers = fc.uniqueArray(paper, { selector: (draft) => draft.id, maxLength: 12 });

/** A store of these papers, then the bytes of its export and of the export of what an import makes of it. */
async function thereAndBack(drafts: PaperDraft[], name: string) {
  const bytes: Buffer[] = [];
  let records: AsyncIterable<SeedRecord> = recordsOf(drafts);
  for (const pass of ['first', 'second']) {
    const database = join(dir.path, `${pass}-${name}.db`);
    const store = new SqlitePaperStore(database);
    await importPapers(store, records, { onReject: ({ message }) => expect.fail(message) });
    const file = join(dir.path, `${pass}-${name}`);
    const count = await exportPapers(database, file, RUNNING);
    expect(count).toBe(drafts.length);
    await store.close();
    bytes.push(await readFile(file));
    records = await readFiles([file], { format: 'auto', stdin: Readable.from([]) });
  }
  return bytes;
}

async function* recordsOf(drafts: readonly PaperDraft[]): AsyncGenerator<SeedRecord> {
  for (const paper of drafts) yield { ok: true, file: 'test', line: 1, paper };
}

describe('an export', () => {
  it('is read back into the very same papers, whatever they hold, plain and gzipped', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(papers, fc.constantFrom('', '.gz'), async (drafts, ending) => {
        const [first, second] = await thereAndBack(drafts, `${run++}.jsonl${ending}`);
        expect(second?.equals(first ?? Buffer.alloc(0))).toBe(true);
      }),
      { seed: 42, numRuns: 50 },
    );
  });

  it('keeps a paper by more authors than a line of other files may hold', async () => {
    const authors = Array.from({ length: 10_000 }, (_, i) => `${'Maria '.repeat(18)}${i}`);
    const [first, second] = await thereAndBack([{ id: 'atlas', title: 'A particle', authors }], 'large.jsonl');
    expect(first?.length).toBeGreaterThan(1_000_000);
    expect(second?.equals(first ?? Buffer.alloc(0))).toBe(true);
  });

  it('is of one moment, in order of id, while papers are added, changed and removed', async () => {
    const database = join(dir.path, 'paperkin.db');
    const store = new SqlitePaperStore(database);
    const drafts = Array.from({ length: 2_000 }, (_, i) => ({
      id: `p${String(i).padStart(4, '0')}`,
      title: 'Before',
      abstract: 'x'.repeat(4_000),
    }));
    await store.upsert(drafts, 'merge');
    let lines = '';
    const slow = new Writable({
      async write(chunk: Buffer, _encoding, done) {
        if (lines === '') {
          await store.upsert(
            [
              { id: 'p9999', title: 'After' },
              { id: 'p1998', title: 'After' },
            ],
            'merge',
          );
          await store.remove(['p1999']);
        }
        lines += String(chunk);
        done();
      },
    });
    expect(await exportPapers(database, slow, RUNNING)).toBe(2_000);
    await store.close();
    const exported = lines.trimEnd().split('\n').map(jsonOf);
    expect(exported.map((line) => [line['id'], line['title']])).toEqual(drafts.map((draft) => [draft.id, 'Before']));
  });

  it('leaves the file as it was when it does not come to its end', async () => {
    const file = join(dir.path, 'papers.jsonl');
    await writeFile(file, 'an export of before');
    const database = join(dir.path, 'paperkin.db');
    await writeFile(database, 'not a database, however long it is read as one');
    await expect(exportPapers(database, file, RUNNING)).rejects.toThrow(/not a database/);
    const stopped = AbortSignal.abort();
    await new SqlitePaperStore(join(dir.path, 'other.db')).close();
    await expect(exportPapers(join(dir.path, 'other.db'), file, stopped)).rejects.toThrow();
    expect(await readFile(file, 'utf8')).toBe('an export of before');
    expect((await readdir(dir.path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('paperkin export', () => {
  it('writes what paperkin import reads into an empty folder, to a file and to standard output', async () => {
    const run = (args: string[], name: string, input = '') => runCli(args, { dataDir: join(dir.path, name), input });
    const odd = fc.sample(papers, { seed: 7, numRuns: 3 }).flat();
    const unique = [...new Map(odd.map((draft) => [draft.id, draft])).values()];
    const input = unique.map((draft) => JSON.stringify(draft)).join('\n');
    expect((await run(['import', '-'], 'one', input)).code).toBe(0);
    const first = await run(['export'], 'one');
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(unique.length);
    const file = join(dir.path, 'papers.jsonl.gz');
    const toFile = await run(['--json', 'export', file], 'one');
    expect(jsonOf(toFile.stdout)).toEqual({ file, papers: unique.length });
    const imported = await run(['--json', 'import', file], 'two');
    expect(jsonOf(imported.stdout)).toMatchObject({ new: unique.length, rejected: 0 });
    expect((await run(['export', '-'], 'two')).stdout).toBe(first.stdout);
  });

  it('has nothing to say of an empty folder', async () => {
    expect(await runCli(['export'], { dataDir: dir.path })).toMatchObject({ code: 2, stdout: '' });
  });
});
