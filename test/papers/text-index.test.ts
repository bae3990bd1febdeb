// Covers the text index of a paper store: the same answers as FTS5 gives, through every change by whichever connection, and
// from whatever its file holds.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaperDraft } from '#dist/paper.js';
import type { PaperFilter } from '#dist/paper-filter.js';
import type { LexicalHit, PaperStore } from '#dist/papers/paper-store.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { openThreadedStores } from '#dist/papers/threaded-stores.js';
import { SEED_CORPUS } from '#dist/services.js';
import { current, openIndexed } from './store-implementations.ts';

const REAL_PAPERS = fileURLToPath(new URL('../../../shared/data/papers-0.jsonl.gz', import.meta.url));
const realAreThere = existsSync(REAL_PAPERS);
if (!realAreThere) console.warn(`SKIPPED: the text index is not compared on real papers, there is no ${REAL_PAPERS}`);
/** Scores nearer than this are equal: a logarithm may differ in its last bit. */
const SAME = 1e-9;

let root = '';
let files = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-texts-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
const nextFile = (suffix = 'db') => join(root, `${files++}.${suffix}`);

const WORDS =
  `graph neural network learning learned model Model's diffusion sparse transformer über naïve Gödel α-β H2O 3D state-of-the-art
the of and we using 深度学习 обучение ﬁnite Straße İstanbul e\u0301clair`.split(/\s+/);

function mulberry(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A paper by chance. */
function madePaper(id: string, random: (below: number) => number): PaperDraft {
  const text = (length: number) => Array.from({ length }, () => WORDS[random(WORDS.length)]).join(' ');
  return { id, title: text(1 + random(6)), abstract: text(random(40)), categories: [random(3) === 0 ? 'cs.LG' : 'math'] };
}

/** The same papers in the same order with the same scores. */
function expectSame(found: readonly LexicalHit[], expected: readonly LexicalHit[], query: string): void {
  expect({ query, ids: found.map(({ id }) => id) }).toEqual({ query, ids: expected.map(({ id }) => id) });
  for (const [i, { score, titled }] of found.entries()) {
    expect(titled).toBe(expected[i]?.titled);
    expect(Math.abs(score - (expected[i]?.score ?? Number.NaN))).toBeLessThan(SAME);
  }
}

/** That `indexed` answers by its index what `plain` answers by FTS5, both over one database. */
async function expectAgreement(
  indexed: PaperStore,
  plain: PaperStore,
  queries: readonly string[],
  filters: readonly (PaperFilter | undefined)[] = [undefined],
): Promise<void> {
  await caughtUp(indexed);
  for (const query of queries) {
    for (const filter of filters) {
      for (const k of [1, 7, 100]) {
        expectSame(await indexed.lexicalSearch(query, k, filter), await plain.lexicalSearch(query, k, filter), query);
      }
    }
  }
  const words = queries.flatMap((query) => query.split(' ')).filter((word) => word !== '');
  expect(await indexed.documentFrequencies(words)).toEqual(await plain.documentFrequencies(words));
  expect((await indexed.textIndex())?.current).toBe(true);
  expect((await indexed.textIndex())?.papers).toBe((await plain.counts()).papers);
}

interface Pair {
  indexed: SqlitePaperStore;
  plain: SqlitePaperStore;
}

/** One database with its index, and a second connection that also writes. */
async function withPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  const file = nextFile();
  const plain = new SqlitePaperStore(file);
  const indexed = await openIndexed(file, { readOnly: true });
  try {
    await use({ indexed, plain });
  } finally {
    await indexed.close();
    await plain.close();
  }
}

function seedPapers(): PaperDraft[] {
  return readFileSync(SEED_CORPUS, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id: string; title: string; abstract: string })
    .map(({ id, title, abstract }) => ({ id, title, abstract }));
}

describe('the text index', () => {
  it('ranks the seed corpus as FTS5 does, for every title and many of its words', async () => {
    await withPair(async ({ indexed, plain }) => {
      const papers = seedPapers();
      await plain.upsert(papers, 'merge');
      await caughtUp(indexed);
      const titles = papers.map(({ title }) => title);
      await expectAgreement(indexed, plain, [...titles, 'the of and', 'model', 'models of learning to learn', 'zzz', '…']);
    });
  });

  it.skipIf(!realAreThere && process.env['CI'] === undefined)(
    'ranks 5,000 real papers as FTS5 does, before and after a thousand changes',
    { timeout: 300_000 },
    async () => {
      await withPair(async ({ indexed, plain }) => {
        const lines = gunzipSync(readFileSync(REAL_PAPERS)).toString('utf8').split('\n').slice(0, 5_500);
        const papers = lines.map((line): PaperDraft => {
          const { id, title, abstract, categories, date } = JSON.parse(line) as Record<
            'id' | 'title' | 'abstract' | 'date',
            string
          > & {
            categories: string[];
          };
          return { id, title, abstract, categories, publishedAt: date };
        });
        await plain.upsert(papers.slice(0, 5_000), 'merge');
        const filters = [
          undefined,
          { from: '2021' },
          { category: 'cs.CL' },
          { phrase: 'language model' },
          { not: { word: 'the' } },
        ];
        const titles = papers.filter((_, i) => i % 20 === 0).map(({ title }) => title);
        const few = titles.filter((_, i) => i % 10 === 0);
        // A backlog is caught up beside the searches, which go on.
        expect(await indexed.lexicalSearch('network', 5)).toEqual(await plain.lexicalSearch('network', 5));
        await caughtUp(indexed);
        await expectAgreement(indexed, plain, titles);
        await expectAgreement(indexed, plain, few, filters);

        await plain.upsert(papers.slice(5_000), 'merge');
        await plain.upsert(
          papers.slice(0, 250).map(({ id }, i) => ({ ...papers[i + 600], id, title: `${papers[i]?.title} again` })),
          'merge',
        );
        await plain.remove(papers.slice(1_000, 1_250).map(({ id }) => id));
        await caughtUp(indexed);
        await expectAgreement(indexed, plain, titles);
        await expectAgreement(indexed, plain, few, filters);
      });
    },
  );

  it('finds what was written at the next search, whoever wrote it, and not what was removed', async () => {
    await withPair(async ({ indexed, plain }) => {
      const ids = async (query: string) => (await indexed.lexicalSearch(query, 10)).map(({ id }) => id);
      for (let i = 0; i < 30; i++) {
        await plain.upsert([{ id: `p${i}`, title: `Rare${i} birds` }], 'merge');
        expect(await ids(`rare${i}`)).toEqual([`p${i}`]);
      }
      await plain.upsert([{ id: 'p3', title: 'Common birds' }], 'merge');
      expect(await ids('rare3')).toEqual([]);
      expect(await ids('common')).toEqual(['p3']);
      await plain.remove(['p29', 'p5']);
      expect((await ids('birds')).length).toBe(10);
      expect(await ids('rare29 rare5')).toEqual([]);
      // The highest row number is given out again.
      await plain.upsert([{ id: 'other', title: 'Rare29 fish' }], 'merge');
      expect(await ids('rare29')).toEqual(['other']);
      // Removed and stored again between two searches: no trace is left of the first.
      await plain.remove(['p7', 'other']);
      await plain.upsert(
        [
          { id: 'other', title: 'Fish' },
          { id: 'p7', title: 'Seven fish' },
        ],
        'merge',
      );
      expect(await ids('rare29 rare7')).toEqual([]);
      await expectAgreement(indexed, plain, ['fish', 'birds', 'seven birds']);
    });
  });

  it('agrees with FTS5 after any changes', async () => {
    const step = fc.record({
      upserts: fc.array(fc.nat(60), { maxLength: 60 }),
      removals: fc.array(fc.nat(60), { maxLength: 40 }),
      seed: fc.nat(),
    });
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      await withPair(async ({ indexed, plain }) => {
        for (const { upserts, removals, seed } of steps) {
          const random = mulberry(seed);
          await plain.upsert(
            upserts.map((id) => madePaper(`p${id}`, random)),
            'merge',
          );
          await plain.remove(removals.map((id) => `p${id}`));
          const queries = Array.from({ length: 3 }, () => madePaper('', random).title);
          await expectAgreement(indexed, plain, queries, [undefined, { category: 'cs' }, { phrase: 'neural network' }]);
        }
      });
    });
    await fc.assert(property, { seed: 42, numRuns: 40 });
  });

  it('reads any text as FTS5 does: each sign of Unicode between letters and alone', async () => {
    await withPair(async ({ indexed, plain }) => {
      const signs = Array.from({ length: 0x20000 }, (_, code) => code)
        .filter((code) => code < 0xd800 || code > 0xdfff)
        .map((code) => String.fromCodePoint(code));
      const papers: PaperDraft[] = [];
      for (let from = 0; from < signs.length; from += 64) {
        const some = signs.slice(from, from + 64);
        papers.push({ id: `u${from}`, title: some.join(' '), abstract: some.map((sign) => `a${sign}b`).join(' ') });
      }
      await plain.upsert(papers, 'merge');
      await caughtUp(indexed);
      // Rare terms tell whether a paper has them, common ones how long a paper is taken to be.
      const rare = papers.filter((_, i) => i % 150 === 0).map(({ title }) => title);
      await expectAgreement(indexed, plain, [...rare, 'a', 'b', 'ab', 'a b ab']);
      const all = papers.flatMap(({ title, abstract }) => `${title} ${abstract}`.split(' ')).filter((word) => word !== '');
      expect(await indexed.documentFrequencies(all)).toEqual(await plain.documentFrequencies(all));
    });
  });

  it('reads texts by chance as FTS5 does', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.array(fc.constantFrom(...WORDS, '-', '_', '\0', '\u0301', '\ufeff'), { maxLength: 30 }).map((parts) => parts.join('')),
    );
    const papers = fc.array(
      fc.tuple(
        text.filter((title) => title !== ''),
        text,
      ),
      { minLength: 1, maxLength: 8 },
    );
    const property = fc.asyncProperty(papers, async (texts) => {
      await withPair(async ({ indexed, plain }) => {
        await plain.upsert(
          texts.map(([title, abstract], i) => ({ id: `p${i}`, title, abstract })),
          'merge',
        );
        await expectAgreement(indexed, plain, texts.flat());
      });
    });
    await fc.assert(property, { seed: 42, numRuns: 60 });
  });

  it('counts a word however often it stands in a text, and a text however long it is', async () => {
    await withPair(async ({ indexed, plain }) => {
      const papers = [300, 255, 85, 254, 20_000, 1].map((times, i) => ({
        id: `p${i}`,
        title: `${'often '.repeat(i === 2 ? 85 : 1)}${i}`,
        abstract: 'often '.repeat(times),
      }));
      await plain.upsert([...papers, ...Array.from({ length: 20 }, (_, i) => ({ id: `q${i}`, title: `Filler ${i}` }))], 'merge');
      await expectAgreement(indexed, plain, ['often', 'often 3', 'filler often']);
      await plain.remove(['p1', 'q0', 'q1']);
      await expectAgreement(indexed, plain, ['often', 'often 3', 'filler often']);
    });
  });

  it('does not grow when the same papers change again and again', async () => {
    await withPair(async ({ indexed, plain }) => {
      const random = mulberry(7);
      const write = async () => {
        const papers = Array.from({ length: 400 }, (_, i) => madePaper(`p${i}`, random));
        await plain.upsert(papers, 'merge');
        await caughtUp(indexed);
        return (await indexed.textIndex())?.sizeBytes ?? 0;
      };
      const first = await write();
      let last = 0;
      for (let i = 0; i < 20; i++) last = await write();
      expect(last).toBeLessThan(2 * first);
      await expectAgreement(indexed, plain, ['graph', 'neural networks']);
    });
  });
});

describe('the file of a text index', () => {
  /** A database of so many papers and the file of its index, both closed. */
  async function written(papers: number, seed: number): Promise<{ file: string; textIndexFile: string }> {
    const [file, textIndexFile] = [nextFile(), nextFile('index')];
    const store = await openIndexed(file, { textIndexFile });
    const random = mulberry(seed);
    await store.upsert(
      Array.from({ length: papers }, (_, i) => madePaper(`p${i}`, random)),
      'merge',
    );
    await caughtUp(store);
    while (!existsSync(textIndexFile)) await delay(1);
    await store.close();
    return { file, textIndexFile };
  }

  async function expectRight(file: string, textIndexFile: string): Promise<string[]> {
    const faults: string[] = [];
    const indexed = await openIndexed(file, { textIndexFile, faults, readOnly: true });
    const plain = new SqlitePaperStore(file, { readOnly: true });
    await expectAgreement(indexed, plain, ['graph', 'neural networks', 'über the model'], [undefined, { category: 'cs' }]);
    await indexed.close();
    await plain.close();
    return faults;
  }

  it('is used when it is opened again, with what changed since', async () => {
    const { file, textIndexFile } = await written(1_200, 1);
    const before = await stat(textIndexFile);
    expect(await expectRight(file, textIndexFile)).toEqual([]);
    const store = new SqlitePaperStore(file);
    await store.remove(['p0', 'p1199']);
    await store.upsert([madePaper('p5', mulberry(99)), madePaper('new', mulberry(98))], 'merge');
    await store.close();
    expect(await expectRight(file, textIndexFile)).toEqual([]);
    // Little has changed: it is as it was.
    expect((await stat(textIndexFile)).mtimeMs).toBe(before.mtimeMs);
  });

  it('of another database, or of another moment, gives right answers all the same', async () => {
    const [one, other] = [await written(1_100, 1), await written(1_300, 2)];
    expect(await expectRight(one.file, other.textIndexFile)).toEqual([]);
    expect(await expectRight(other.file, one.textIndexFile)).toEqual([]);
    const empty = nextFile();
    await new SqlitePaperStore(empty).close();
    expect(await expectRight(empty, one.textIndexFile)).toEqual([]);
  });

  it('of a database with the same texts under other ids gives the right ids', async () => {
    const { textIndexFile } = await written(1_100, 6);
    const file = nextFile();
    const store = new SqlitePaperStore(file);
    const random = mulberry(6);
    const papers = Array.from({ length: 1_100 }, (_, i) => ({ ...madePaper('', random), id: i % 2 === 0 ? `other${i}` : `p${i}` }));
    await store.upsert(papers, 'merge');
    await store.close();
    expect(await expectRight(file, textIndexFile)).toEqual([]);
  });

  it('is made anew when it is damaged anywhere, cut, or of another program, and says so', async () => {
    const { file, textIndexFile } = await written(1_050, 3);
    const whole = await readFile(textIndexFile);
    const damages = [
      whole.subarray(0, 0),
      whole.subarray(0, 20),
      whole.subarray(0, whole.length - 1),
      Buffer.from('not an index at all'),
      ...[0, 40, 200, whole.length >> 1, whole.length - 1].map((at) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        return damaged;
      }),
    ];
    for (const damaged of damages) {
      await writeFile(textIndexFile, damaged);
      const faults = await expectRight(file, textIndexFile);
      expect(faults).toEqual([expect.stringContaining(textIndexFile)]);
    }
  });

  it('is whole or not there when its writer is killed, and nothing is left of that', async () => {
    const { file, textIndexFile } = await written(1_100, 5);
    const whole = await readFile(textIndexFile);
    await rm(textIndexFile);
    await writeFile(`${textIndexFile}.4711.tmp`, whole.subarray(0, 5_000));
    expect(await expectRight(file, textIndexFile)).toEqual([]);
    const names = await readdir(root);
    expect(names.filter((name) => name.startsWith(basename(textIndexFile)))).toEqual([basename(textIndexFile)]);
  });

  it('that cannot be written costs nothing but itself', async () => {
    const { file } = await written(1_050, 4);
    const faults = await expectRight(file, join(root, 'no', 'such', 'folder.index'));
    expect(faults.every((message) => message.includes('could not be written'))).toBe(true);
  });
});

describe('threads', () => {
  it('follow what is written while nobody searches', async () => {
    const { papers, close } = await openThreadedStores(nextFile(), { textIndexFile: nextFile('index') });
    await papers.upsert(seedPapers(), 'merge');
    await current(papers);
    expect((await papers.textIndex())?.papers).toBe(409);
    await close();
  });

  it('answer by the index of their reader as soon as it is there, and see what the writer writes', async () => {
    const [file, textIndexFile] = [nextFile(), nextFile('index')];
    const { papers, close } = await openThreadedStores(file, { textIndexFile });
    const plain = new SqlitePaperStore(file, { readOnly: true });
    await papers.upsert(seedPapers(), 'merge');
    await papers.lexicalSearch('model', 1);
    await caughtUp(papers);
    await expectAgreement(papers, plain, ['diffusion models', 'graph neural network']);
    await papers.upsert([{ id: 'x', title: 'A quokka' }], 'merge');
    expect((await papers.lexicalSearch('quokka', 5)).map(({ id }) => id)).toEqual(['x']);
    await close();
    await plain.close();
  });
});

/** Searches until the index is up to date: a search is what makes it look for changes. */
async function caughtUp(store: PaperStore): Promise<void> {
  await store.lexicalSearch('anything', 1);
  await current(store);
}
