// Covers filters in a paper store: what each condition means, `select`, `matching` and the filtered lexical search, held
// against a plain evaluation of the same filter, and how a database of the schema before comes to have them.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Paper, PaperDraft } from '#dist/paper.js';
import { type PaperConditions, type PaperFilter, paperFilterSchema } from '#dist/paper-filter.js';
import { proveDatabase, readAllPapers } from '#dist/papers/database-file.js';
import type { PaperStore } from '#dist/papers/paper-store.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { filterOfQuery, parseQuery } from '#dist/query-text.js';
import { DIRECT, IN_MEMORY, INDEXED, THREADED } from './store-implementations.ts';

let root = '';
let files = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-filter-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
const nextFile = () => join(root, `${files++}.db`);

const PAPERS: PaperDraft[] = [
  {
    id: 'resnet',
    title: 'Deep residual learning for image recognition',
    abstract: 'Deeper neural networks are more difficult to train.',
    authors: ['Kaiming He', 'Xiangyu Zhang', 'Jian Sun'],
    publishedAt: '2015-12-10',
    categories: ['cs.CV'],
    venue: 'CVPR 2016',
    url: 'https://arxiv.org/abs/1512.03385',
    source: 'arXiv',
  },
  {
    id: 'graphs',
    title: 'A survey of graph neural networks',
    authors: ['José Müller', 'He Wang', 'Kaiming Li'],
    publishedAt: '2020',
    categories: ['cs.LG', 'stat.ML', 'H.3.3'],
    venue: 'NAACL',
  },
  {
    id: 'parsing',
    title: 'State-of-the-art parsing',
    abstract: 'A network of neural parts.',
    authorCount: 7,
    publishedAt: '2020-06',
    categories: ['csx', 'cs'],
    venue: 'Proceedings of the ACL',
    source: 'daily-papers',
  },
  { id: 'bare', title: 'Untold' },
];

const MEANINGS: [PaperFilter, string[]][] = [
  [{}, ['resnet', 'graphs', 'parsing', 'bare']],
  [{ from: '2020' }, ['graphs', 'parsing']],
  [{ to: '2020' }, ['resnet', 'graphs', 'parsing']],
  [{ from: '2020', to: '2020' }, ['graphs', 'parsing']],
  [{ from: '2020-06-30' }, ['graphs', 'parsing']],
  [{ from: '2020-07' }, ['graphs']],
  [{ to: '2020-03-01' }, ['resnet', 'graphs']],
  [{ from: '2015-12-10', to: '2015-12-10' }, ['resnet']],
  [{ from: '2015-12-11', to: '2019' }, []],
  [{ not: { from: '1000' } }, ['bare']],
  [{ category: 'CS.cv' }, ['resnet']],
  [{ category: 'cs' }, ['resnet', 'graphs', 'parsing']],
  [{ category: 'cs.*' }, ['resnet', 'graphs', 'parsing']],
  [{ category: 'h.3' }, ['graphs']],
  [{ category: 'cs.C' }, []],
  [{ category: 'c%' }, []],
  [{ venue: 'cvpr' }, ['resnet']],
  [{ venue: 'CVPR 2016' }, ['resnet']],
  [{ venue: 'acl' }, ['parsing']],
  [{ venue: 'acl of the' }, []],
  [{ author: 'Kaiming He' }, ['resnet']],
  [{ author: 'he, kaiming' }, ['resnet']],
  [{ author: 'HE' }, ['resnet', 'graphs']],
  [{ author: 'jose muller' }, ['graphs']],
  [{ author: 'Kai' }, []],
  [{ minAuthors: 4 }, ['parsing']],
  [{ maxAuthors: 3 }, ['resnet', 'graphs']],
  [{ not: { minAuthors: 4 } }, ['resnet', 'graphs', 'bare']],
  [{ source: 'arxiv' }, ['resnet']],
  [{ not: { source: 'arxiv' } }, ['graphs', 'parsing', 'bare']],
  [{ has: 'abstract' }, ['resnet', 'parsing']],
  [{ has: 'authors' }, ['resnet', 'graphs']],
  [{ has: 'date' }, ['resnet', 'graphs', 'parsing']],
  [{ has: 'venue' }, ['resnet', 'graphs', 'parsing']],
  [{ has: 'url' }, ['resnet']],
  [{ has: 'categories' }, ['resnet', 'graphs', 'parsing']],
  [{ phrase: 'Neural Network' }, ['resnet', 'graphs']],
  [{ phrase: 'network neural' }, []],
  [{ phrase: 'recognition deeper' }, []],
  [{ word: 'network' }, ['resnet', 'graphs', 'parsing']],
  [{ word: 'state-of-the-art' }, ['parsing']],
  [{ word: 'net' }, []],
  [{ word: 'neural', phrase: 'graph neural' }, ['graphs']],
  [{ category: 'cs', from: '2020', has: 'abstract' }, ['parsing']],
  [{ or: [{ word: 'untold' }, { word: 'residual' }] }, ['resnet', 'bare']],
  [{ and: [{ word: 'neural' }, { word: 'survey' }] }, ['graphs']],
  [{ and: [{ category: 'cs' }, { not: { or: [{ word: 'survey' }, { word: 'parsing' }] } }] }, ['resnet']],
  [{ not: { not: { has: 'url' } } }, ['resnet']],
];

const tokensOf = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];
/** Enough of a stemmer for the words below. */
const stemsOf = (text: string) => tokensOf(text).map((token) => token.replace(/s$/, ''));
const inOrder = (words: readonly string[], all: readonly string[]) => ` ${all.join(' ')} `.includes(` ${words.join(' ')} `);
const firstDay = (date: string) => `${date}-01-01`.slice(0, 10);
const lastDay = (date: string) => (date.length === 4 ? `${date}-12-31` : `${date}-31`.slice(0, 10));

/** A filter, word for word as it is documented. */
function matches(filter: PaperFilter, paper: Paper): boolean {
  if ('and' in filter) return filter.and.every((part) => matches(part, paper));
  if ('or' in filter) return filter.or.some((part) => matches(part, paper));
  if ('not' in filter) return !matches(filter.not, paper);
  const { from, to, category, venue, author, minAuthors, maxAuthors, source, has, phrase, word } = filter;
  const { title, abstract, authors, authorCount, publishedAt, categories, url } = paper;
  const contains = (text: string) => [title, abstract].some((field) => inOrder(stemsOf(text), stemsOf(field)));
  const present = {
    abstract: abstract !== '',
    authors: authors.length > 0,
    date: publishedAt !== null,
    venue: paper.venue !== null,
    url: url !== null,
    categories: categories.length > 0,
  };
  const wanted = category?.toLowerCase().replace(/\.\*$/, '');
  return [
    from === undefined || (publishedAt !== null && lastDay(publishedAt) >= firstDay(from)),
    to === undefined || (publishedAt !== null && firstDay(publishedAt) <= lastDay(to)),
    wanted === undefined || categories.some((name) => `${name.toLowerCase()}.`.startsWith(`${wanted}.`)),
    venue === undefined || inOrder(tokensOf(venue), tokensOf(paper.venue ?? '')),
    author === undefined || authors.some((name) => tokensOf(author).every((token) => tokensOf(name).includes(token))),
    minAuthors === undefined || (authorCount !== null && authorCount >= minAuthors),
    maxAuthors === undefined || (authorCount !== null && authorCount <= maxAuthors),
    source === undefined || paper.source?.toLowerCase() === source.toLowerCase(),
    has === undefined || present[has],
    phrase === undefined || contains(phrase),
    word === undefined || contains(word),
  ].every(Boolean);
}

const textWord = fc.constantFrom('graph', 'graphs', 'Neural', 'net', 'nets', 'Müller', 'x7');
const text = fc.array(textWord, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
const phrase = fc.array(textWord, { minLength: 1, maxLength: 2 }).map((words) => words.join(', '));
const date = fc.constantFrom(
  '2019',
  '2019-12',
  '2020',
  '2020-01',
  '2020-01-31',
  '2020-06',
  '2020-06-15',
  '2020-12-31',
  '2021-01-01',
);
const category = fc.constantFrom('cs', 'cs.CL', 'CS.LG', 'csx', 'a.b.c', 'a.b');
const name = fc.constantFrom('Kaiming He', 'He, Wei', 'Wei Wang', 'José-Luis Wang', 'Kaiming Wei');
const venue = fc.constantFrom('ACL', 'ACL 2020', 'NAACL', 'Findings of ACL');
const source = fc.constantFrom('arxiv', 'arXiv', 'mine');
const anyDraft = fc.record<PaperDraft>(
  {
    id: fc.constantFrom(...'abcdefgh'),
    title: text,
    abstract: text,
    authors: fc.array(name, { maxLength: 3 }),
    authorCount: fc.constantFrom(null, 1, 2, 5),
    publishedAt: fc.option(date),
    categories: fc.array(category, { maxLength: 3 }),
    venue: fc.option(venue),
    url: fc.constantFrom(null, 'https://example.org/'),
    source: fc.option(source),
  },
  { requiredKeys: ['id', 'title'] },
);
const anyConditions = fc.oneof(
  fc.record({ from: date }),
  fc.record({ to: date }),
  fc.record({ category: fc.oneof(category, fc.constantFrom('cs.*', 'a', 'A.B.*', 'c')) }),
  fc.record({ venue: fc.oneof(venue, fc.constantFrom('2020', 'of acl', 'acl of')) }),
  fc.record({ author: fc.oneof(name, fc.constantFrom('he', 'HE KAIMING', 'jose', 'wang luis', 'Kai')) }),
  fc.record({ minAuthors: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ maxAuthors: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ source }),
  fc.record({ has: fc.constantFrom('abstract', 'authors', 'date', 'venue', 'url', 'categories') }),
  fc.record({ phrase }),
  fc.record({ word: textWord }),
  fc.record<PaperConditions>({ category, minAuthors: fc.constantFrom(1, 2), phrase, word: textWord }, { requiredKeys: [] }),
) satisfies fc.Arbitrary<PaperConditions>;
const { filter: anyFilter } = fc.letrec<{ filter: PaperFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyConditions,
    fc.record({ not: tie('filter') }),
    fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
  ),
}));
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes)),
  fc
    .array(fc.constantFrom('"', '“', '-', ' ', '\0', '*', '^', ':', '(', ')', '{', 'AND', 'NOT', 'NEAR', 'title', 'a'), {
      maxLength: 16,
    })
    .map((signs) => signs.join('')),
);

describe.each([DIRECT, IN_MEMORY, INDEXED, THREADED])('filters in a paper store: $name', ({ open, numRuns }) => {
  let store: PaperStore;
  beforeEach(async () => {
    store = await open(nextFile());
    await store.upsert(PAPERS, 'merge');
  });
  afterEach(async () => {
    await store.close();
  });

  it('gives each condition its meaning', async () => {
    const ids = PAPERS.map(({ id }) => id);
    for (const [filter, expected] of MEANINGS) {
      expect(paperFilterSchema.parse(filter)).toEqual(filter);
      expect({ filter, ...(await store.select(filter, { limit: 10 })) }).toEqual({ filter, ids: expected, complete: true });
      expect({ filter, ids: await store.matching(filter, ids) }).toEqual({ filter, ids: expected });
    }
  });

  it('selects in the order of arrival, at most the limit, and says whether that is all', async () => {
    await store.upsert([{ id: 'a-later-one', title: 'T' }], 'merge');
    const order = ['resnet', 'graphs', 'parsing', 'bare', 'a-later-one'];
    expect(await store.select({}, { limit: 5 })).toEqual({ ids: order, complete: true });
    expect(await store.select({}, { limit: 4 })).toEqual({ ids: order.slice(0, 4), complete: false });
    expect(await store.select({ word: 'neural' }, { limit: 0 })).toEqual({ ids: [], complete: false });
    expect(await store.select({ word: 'nowhere' }, { limit: 0 })).toEqual({ ids: [], complete: true });
  });

  it('keeps the order and the repeats of the ids it is asked about, without those it does not have', async () => {
    const asked = ['bare', 'graphs', 'nobody', 'resnet', 'graphs'];
    expect(await store.matching({ category: 'cs' }, asked)).toEqual(['graphs', 'resnet', 'graphs']);
    expect(await store.matching({}, [])).toEqual([]);
  });

  it('searches among what matches, so that k results come while there are k', async () => {
    await store.upsert(
      Array.from({ length: 60 }, (_, i) => ({
        id: `n${i}`,
        title: `Neural ${'networks '.repeat(60 - i)}`,
        categories: [i % 20 === 19 ? 'rare' : 'common'],
      })),
      'merge',
    );
    const hits = await store.lexicalSearch('networks', 3, { category: 'rare' });
    expect(hits.map(({ id }) => id).sort()).toEqual(['n19', 'n39', 'n59']);
    const all = await store.lexicalSearch('networks', 100);
    expect(hits).toEqual(all.filter(({ id }) => hits.some((hit) => hit.id === id)));
    expect(await store.lexicalSearch('networks', 3, { category: 'none' })).toEqual([]);
  });

  it('agrees with a plain evaluation of any filter over any papers, through changes and removals', async () => {
    const corpus = fc.array(fc.array(anyDraft, { maxLength: 8 }), { minLength: 1, maxLength: 3 });
    const removed = fc.array(fc.constantFrom(...'abcdefgh'), { maxLength: 3 });
    const property = fc.asyncProperty(
      corpus,
      removed,
      fc.array(anyFilter, { minLength: 8, maxLength: 8 }),
      async (batches, gone, filters) => {
        const fresh = await open(nextFile());
        try {
          for (const batch of batches) await fresh.upsert(batch, 'replace');
          await fresh.remove(gone);
          const present = (await fresh.select({}, { limit: 100 })).ids;
          const ids = new Set(batches.flat().map(({ id }) => id));
          expect([...present].sort()).toEqual([...ids].filter((id) => !gone.includes(id)).sort());
          const papers = await fresh.get(present);
          const found = await fresh.lexicalSearch('graph neural net', 100);
          for (const filter of filters) {
            const expected = papers.flatMap((paper) => (paper !== undefined && matches(filter, paper) ? [paper.id] : []));
            expect(await fresh.select(filter, { limit: 100 })).toEqual({ ids: expected, complete: true });
            expect(await fresh.matching(filter, present)).toEqual(expected);
            const kept = await fresh.lexicalSearch('graph neural net', 100, filter);
            expect(kept).toEqual(found.filter(({ id }) => expected.includes(id)));
            const [first] = kept;
            expect((await fresh.lexicalSearch('graph neural net', 1, filter)).map(({ score }) => score)).toEqual(
              first === undefined ? [] : [first.score],
            );
          }
        } finally {
          await fresh.close();
        }
      },
    );
    await fc.assert(property, { seed: 42, numRuns });
  });

  it('takes any text at all in any condition, and any query', async () => {
    const property = fc.asyncProperty(
      anyText,
      fc.constantFrom('category', 'venue', 'author', 'source', 'phrase', 'word'),
      async (value, key) => {
        const filters: PaperFilter[] = [{ [key]: value }, { not: { or: [{ word: value }, { phrase: value }] } }];
        const asked = filterOfQuery(parseQuery(value));
        if (asked !== undefined) filters.push(asked);
        for (const filter of filters) {
          const { ids } = await store.select(filter, { limit: 10 });
          expect(await store.matching(filter, ['resnet', 'graphs', 'parsing', 'bare'])).toEqual(ids);
          await store.lexicalSearch(value, 5, filter);
        }
      },
    );
    await fc.assert(property, { seed: 42, numRuns: 300 });
  });

  it('takes the longest filters there can be', async () => {
    const conditions = Array.from(
      { length: 64 },
      (_, i): PaperFilter => (i % 2 === 0 ? { category: `c${i}` } : { author: `a${i}` }),
    );
    const filter = paperFilterSchema.parse({ not: { or: [{ or: conditions.slice(0, 32) }, { or: conditions.slice(32) }] } });
    expect((await store.select(filter, { limit: 10 })).ids).toHaveLength(4);
    expect(await store.matching(paperFilterSchema.parse({ and: conditions }), ['bare'])).toEqual([]);
    const query = parseQuery(`${'"neural" '.repeat(200)}${'-x '.repeat(700)}`);
    const asked = filterOfQuery(query);
    expect(query.excluded).toHaveLength(700);
    expect((await store.select({ and: [filter, asked ?? {}] }, { limit: 10 })).ids).toEqual(['resnet', 'graphs', 'parsing']);
  });
});

describe('a database of the schema before', () => {
  it('is brought up to date with all that filters ask of its papers', async () => {
    const file = nextFile();
    const db = new Database(file);
    db.exec(await readFile(new URL('schema-3.sql', import.meta.url), 'utf8'));
    const insert = db.prepare(
      `INSERT INTO papers (id, title, abstract, authors, author_count, published_at, categories, venue, url, source, hash, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    for (const [i, paper] of PAPERS.entries()) {
      const { authors = [], categories = [] } = paper;
      insert.run(
        paper.id,
        paper.title,
        paper.abstract ?? '',
        JSON.stringify(authors),
        paper.authorCount ?? (authors.length || null),
        paper.publishedAt ?? null,
        JSON.stringify(categories),
        paper.venue ?? null,
        paper.url ?? null,
        paper.source ?? null,
        `hash ${i}`,
        i + 1,
      );
    }
    db.prepare('UPDATE meta SET value = ?').run(PAPERS.length);
    db.close();
    expect(() => new SqlitePaperStore(file, { readOnly: true })).toThrow('schema version 3');

    const store = new SqlitePaperStore(file);
    for (const [filter, ids] of MEANINGS) expect(await store.select(filter, { limit: 10 })).toEqual({ ids, complete: true });
    await store.upsert([{ id: 'graphs', title: 'Graphs', authors: ['Ada'], categories: ['cs.DS'], venue: null }], 'replace');
    await store.remove(['resnet']);
    expect((await store.select({ or: [{ author: 'ada' }, { author: 'wang' }, { venue: 'naacl' }] }, { limit: 10 })).ids).toEqual([
      'graphs',
    ]);
    expect((await store.select({ or: [{ author: 'he' }, { category: 'stat' }, { venue: 'cvpr' }] }, { limit: 10 })).ids).toEqual(
      [],
    );
    await store.close();

    const reader = new SqlitePaperStore(file, { readOnly: true });
    expect(await reader.select({ category: 'cs' }, { limit: 10 })).toEqual({ ids: ['graphs', 'parsing'], complete: true });
    await reader.close();
    expect(proveDatabase(file).papers).toBe(3);
    expect([...readAllPapers(file)].map(({ id }) => id)).toEqual(['bare', 'graphs', 'parsing']);
  });
});
