/** Results and papers as Markdown, BibTeX and CSV: chosen by the caller, and saying what the papers say. */
import { type Node, Parser } from 'commonmark';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bibtexOf } from '#dist/http/formats/bibtex.js';
import { csvOf } from '#dist/http/formats/csv.js';
import { listMarkdown, paperMarkdown } from '#dist/http/formats/markdown.js';
import type { Paper } from '#dist/paper.js';
import { linkOf } from '#dist/paper-id.js';
import { formatOf } from '#dist/seeds/formats.js';
import { readText, said } from '../support/records.ts';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { askedFor, problemOf } from '../support/wire.ts';

const EDICT = 'dp-0e9d231d5629';
const SEARCH = '/v1/search?q=exact+diffusion+inversion&k=4';

const DAMS = {
  id: 'own/dams',
  title: 'Beaver dams hold $x^2$ of floods back',
  abstract: 'Beavers & trees.',
  authors: ['Ada Dam', 'River, Bo'],
  publishedAt: '2021-06-30',
  url: 'https://arxiv.org/abs/2106.15928',
};

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
  await seeded.services.store.upsert([DAMS], 'merge');
  await seeded.services.indexer.sync();
});
afterAll(() => seeded.close());

async function get(url: string, accept?: string) {
  const response = await seeded.app.inject({ url, headers: accept === undefined ? {} : { accept } });
  expect(response.statusCode, response.body).toBe(200);
  expect(response.headers['vary']).toBe('Accept');
  return response;
}
const typeOf = async (url: string, accept?: string) => String((await get(url, accept)).headers['content-type']).split(';')[0];

const JSON_TYPE = 'application/json';
const TYPES = { markdown: 'text/markdown', bibtex: 'application/x-bibtex', csv: 'text/csv' } as const;

describe('the form of a list', () => {
  it.each([
    [undefined, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', JSON_TYPE],
    ['image/png', JSON_TYPE],
    ['text/markdown', TYPES.markdown],
    ['TEXT/Markdown', TYPES.markdown],
    ['application/json;q=0.5, text/csv', TYPES.csv],
    ['application/json, text/csv;q=0.9', JSON_TYPE],
    ['text/markdown;q=0, application/x-bibtex;q=0.1', TYPES.bibtex],
    ['text/markdown;q=0.2, text/csv;q=0.3, application/x-bibtex;q=0.1', TYPES.csv],
  ])('is the one preferred of %j', async (accept, type) => {
    expect(await typeOf(SEARCH, accept)).toBe(type);
    expect(await typeOf(`/v1/papers/${EDICT}/similar?k=3`, accept)).toBe(type);
  });

  it('is the one that a link names, whatever is accepted', async () => {
    for (const [format, type] of Object.entries(TYPES)) expect(await typeOf(`${SEARCH}&format=${format}`, JSON_TYPE)).toBe(type);
    expect(await typeOf(`${SEARCH}&format=json`, 'text/csv')).toBe(JSON_TYPE);
  });

  it('is kept apart: what is kept as JSON is no answer to who wants another', async () => {
    const url = '/v1/search?q=kept+apart+by+form&k=2';
    const json = (await get(url)).body;
    expect((await get(url)).body).toBe(json);
    const markdown = (await get(url, 'text/markdown')).body;
    expect(markdown).toContain('# Papers for “kept apart by form”');
    expect((await get(url)).body).toBe(json);
    expect((await get(url, 'text/markdown')).body).toBe(markdown);
  });

  it('is the same for what is asked in a body', async () => {
    const post = (url: string, payload: object, accept: string) =>
      seeded.app.inject({ method: 'POST', url, payload, headers: { accept } });
    const body = { like: [{ id: EDICT }], k: 3 };
    const ids = askedFor(await post('/v1/recommend', body, JSON_TYPE)).results.map(({ paper }) => paper.id);
    const asked = [await post('/v1/recommend', body, 'text/csv'), await post('/v1/recommend?format=csv', body, JSON_TYPE)];
    for (const response of asked) {
      expect(response.headers).toMatchObject({ vary: 'Accept', 'content-disposition': 'inline; filename="papers.csv"' });
      expect((await readText('csv', response.body)).map(said)).toEqual(ids.map((id) => expect.objectContaining({ id })));
    }
    const search = await post('/v1/search', { q: 'exact diffusion inversion', k: 1 }, 'text/markdown');
    expect(search.body).toContain('EDICT: Exact Diffusion Inversion');
    expect(problemOf(await post('/v1/search?format=xml', { q: 'a' }, JSON_TYPE)).errors?.[0]?.path).toBe('format');
  });

  it('leads on to the next page', async () => {
    const pages: string[] = [];
    let url = `${SEARCH}&format=csv`;
    for (let page = 0; page < 3; page++) {
      const response = await get(url);
      pages.push(...(await readText('csv', response.body)).map((record) => (record.ok ? record.paper.id : record.message)));
      url = /^<(\/v1\/search\?.*format=csv.*cursor=[^>]+)>; rel="next"$/.exec(String(response.headers['link']))?.[1] ?? '';
    }
    const { results } = askedFor(await seeded.app.inject('/v1/search?q=exact+diffusion+inversion&k=12'));
    expect(pages).toEqual(results.map(({ paper }) => paper.id));
    expect((await get('/v1/search?q=a&k=200&from=2199&format=csv')).headers['link']).toBeUndefined();
  });

  it('must be one that there is', async () => {
    for (const url of [`${SEARCH}&format=xml`, `/v1/papers/${EDICT}?format=csv`, `/v1/papers/${EDICT}/similar?format=bib`]) {
      expect(problemOf(await seeded.app.inject(url))).toMatchObject({ status: 400, errors: [{ path: 'format' }] });
    }
    expect(problemOf(await seeded.app.inject({ url: '/v1/search', headers: { accept: 'text/csv' } })).status).toBe(400);
  });
});

describe('one paper', () => {
  const url = `/v1/papers/${encodeURIComponent(DAMS.id)}`;

  it('is Markdown or BibTeX where that is wanted', async () => {
    expect(await typeOf(url)).toBe(JSON_TYPE);
    expect(await typeOf(url, 'text/csv')).toBe(JSON_TYPE);
    expect((await get(url, 'text/markdown')).body).toBe(
      '# Beaver dams hold $x^2$ of floods back\n\nAda Dam, River, Bo · 2021-06-30 · `own/dams`\n\n' +
        '<https://arxiv.org/abs/2106.15928>\n\nBeavers & trees.\n',
    );
    const bibtex = await get(`${url}?format=bibtex`);
    expect(bibtex.headers['content-disposition']).toBe('inline; filename="papers.bib"');
    expect(bibtex.body).toBe(`@misc{dam2021beaver,
  title = {{Beaver dams hold $x^2$ of floods back}},
  author = {Ada Dam and {River, Bo}},
  year = {2021},
  month = jun,
  day = {30},
  eprint = {2106.15928},
  archiveprefix = {arXiv},
  paperkinid = {own/dams},
  url = {https://arxiv.org/abs/2106.15928},
  abstract = {Beavers \\& trees.}
}
`);
    expect((await readText('bibtex', bibtex.body)).map(said)).toEqual([DAMS]);
  });
});

const SIGNS = [
  '\\',
  '{',
  '}',
  '$',
  '$x^2$',
  '$ ',
  '%',
  '&',
  '#',
  '_',
  '~',
  '^',
  '--',
  '---',
  '``',
  "''",
  '<',
  '>',
  '|',
  '"',
  '@',
  '*',
];
const WORDS = [
  'and',
  'others',
  ',',
  ';',
  '=',
  '+',
  '-',
  '`',
  '[a](b)',
  '![',
  '&amp;',
  '1.',
  '2)',
  "\\'e",
  '\\alpha',
  'ü',
  '深',
  '🙂',
];
const piece = fc.oneof(fc.constantFrom(...SIGNS, ...WORDS, 'e\u0301', '\n', ' '), fc.string({ unit: 'grapheme', maxLength: 6 }));
const text = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .map((pieces) => pieces.join(''))
  .filter((value) => value.trim() !== '')
  // As the service stores it.
  .map((value) => value.trim());
/** As every reader of these formats gives it. */
const plain = (value: string) => value.normalize('NFC').replace(/\s+/g, ' ').trim();
/** Of a list whose separators are no part of its items. */
const listItem = text.map((value) => plain(value).replace(/[;,|]/g, '').trim()).filter((value) => value !== '');
const two = (value: number) => String(value).padStart(2, '0');
const date = fc
  .record({
    year: fc.integer({ min: 1900, max: 2099 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    parts: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ year, month, day, parts }) => [year, two(month), two(day)].slice(0, parts).join('-'));
const WORKS = [
  'arxiv:2301.00001',
  'arxiv:cs/0112017',
  'doi:10.1145/3292500',
  'doi:10.1002/(sici)1097(1998)17:15<1661::aid>3.0.co;2-2',
];
const OWN = ['doi:10.1000/{odd}', 'dp-0e9d231d5629', 'own/with slash', 's2:215416146', 'a{b}_$c'];
const URLS = ['https://arxiv.org/abs/2211.12446', 'https://doi.org/10.1000/x_y', 'https://example.org/a_b?c=%20d&e=~f#g'];
const papers: fc.Arbitrary<Paper> = fc
  .record({
    id: fc.constantFrom(...WORKS, ...OWN),
    title: text,
    abstract: fc.oneof(fc.constant(''), text),
    authors: fc.array(fc.oneof(text, fc.constantFrom('Ada Lovelace', 'Smith, Jr.', 'Barnes and Noble', 'others')), {
      maxLength: 3,
    }),
    publishedAt: fc.option(date),
    categories: fc.array(fc.oneof(listItem, fc.constantFrom('cs.CL', 'hep-th', 'Ökologie')), { maxLength: 3 }),
    venue: fc.option(fc.oneof(text, fc.constantFrom('NeurIPS 2023', 'arXiv:2305.00007'))),
    url: fc.option(fc.constantFrom(...URLS)),
  })
  .map((paper) => ({ ...paper, authorCount: paper.authors.length || null, source: null, version: null }));

/** What the importer makes of a paper that is written as BibTeX. */
function read({ id, title, abstract, authors, publishedAt, categories, venue, url }: Paper): object {
  const wanted = {
    id,
    title: plain(title),
    abstract: plain(abstract),
    authors: authors.map(plain),
    publishedAt,
    categories: [...new Set(categories.map(plain))],
    venue: plain(venue ?? ''),
    url: url ?? linkOf(id) ?? '',
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null && value.length > 0));
}

/** A paper with nothing but an id. */
const BARE: Paper = {
  id: 'a',
  title: 'A',
  abstract: '',
  authors: [],
  authorCount: null,
  publishedAt: null,
  categories: [],
  venue: null,
  url: null,
  source: null,
  version: null,
};

describe('BibTeX', () => {
  it('is read back by the importer to the same papers, whatever they say', async () => {
    const property = fc.asyncProperty(fc.array(papers, { minLength: 1, maxLength: 4 }), async (list) => {
      const written = bibtexOf(list);
      expect(formatOf(Buffer.from(written))).toBe('bibtex');
      expect((await readText('bibtex', written)).map(said)).toEqual(list.map(read));
      const keys = [...written.matchAll(/^@\w+\{([^,]+),$/gm)].map(([, key]) => key);
      expect([keys.length, new Set(keys).size]).toEqual([list.length, list.length]);
    });
    await fc.assert(property, { numRuns: 400 });
  });

  it('holds the version of an arXiv paper, and that there are more authors than are named', async () => {
    const paper: Paper = { ...BARE, id: 'arxiv:2301.00001', authors: ['Bo'], authorCount: 9, version: 3 };
    expect((await readText('bibtex', bibtexOf([paper]))).map(said)).toEqual([
      expect.objectContaining({ id: 'arxiv:2301.00001', version: 3, authors: ['Bo'], authorCount: null }),
    ]);
  });

  it.each([
    ['On $O(n^2)$ in 50% of R&D', 'On $O(n^2)$ in 50\\% of R\\&D'],
    ['It costs $5 or $6, a_b', 'It costs \\$5 or \\$6, a\\_b'],
    ['{open \\emph', '\\textbraceleft{}open \\textbackslash{}emph'],
  ])('leaves formulas to LaTeX, and no sign of a text: %s', (title, written) => {
    expect(bibtexOf([{ ...BARE, title }])).toContain(`  title = {{${written}}},`);
  });

  it('of all papers of the seed corpus is read back to them', async () => {
    const all = await seeded.services.store.list({ limit: 1_000 });
    expect(all.length).toBeGreaterThanOrEqual(409);
    const records = await readText('bibtex', bibtexOf(all));
    expect(records.map(said)).toEqual(all.map((paper) => expect.objectContaining(read(paper))));
  });
});

describe('CSV', () => {
  const ranked = (list: readonly Paper[]) => list.map((paper, i) => ({ rank: i + 1, score: -0.5, paper, versions: [] }));

  it('is read back by the importer, but for an apostrophe before what a spreadsheet would run', async () => {
    const guarded = (value: string) => (/^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? `'${value}` : value);
    const property = fc.asyncProperty(fc.array(papers, { minLength: 1, maxLength: 4 }), async (list) => {
      const records = await readText('csv', csvOf(ranked(list)));
      expect(records.map((record) => record.ok && [record.paper.id, record.paper.title])).toEqual(
        list.map(({ id, title }) => [id, guarded(title).replace(/\s+/g, ' ').trim()]),
      );
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('quotes as RFC 4180 asks, ends lines with both signs, and leaves numbers alone', () => {
    const texts = { title: '=HYPERLINK("http://x")', abstract: 'two\nlines, "quoted"', venue: '@home' };
    const paper: Paper = { ...BARE, ...texts, authors: ['Ada', 'Bo'], authorCount: 2, publishedAt: '2024' };
    expect(csvOf(ranked([paper])).split('\r\n')).toEqual([
      'rank,score,id,title,authors,authorCount,publishedAt,categories,venue,url,source,version,versions,abstract',
      '1,-0.5,a,"\'=HYPERLINK(""http://x"")",Ada; Bo,2,2024,,\'@home,,,,,"two\nlines, ""quoted"""',
      '',
    ]);
  });
});

describe('Markdown', () => {
  const TEXT = ['text', 'code', 'link', 'strong', 'linebreak', 'paragraph', 'heading'];

  /** What is read, where a parser sees nothing but text in it. */
  function readOf(node: Node | undefined): string {
    const walker = node?.walker();
    let read = '';
    for (let event = walker?.next(); event; event = walker?.next()) {
      if (!event.entering) continue;
      expect(TEXT).toContain(event.node.type);
      read += event.node.type === 'linebreak' ? '\n' : (event.node.literal ?? '');
    }
    return read;
  }
  function partsOf(node: Node | undefined): Node[] {
    const parts: Node[] = [];
    for (let part = node?.firstChild ?? null; part !== null; part = part.next) parts.push(part);
    return parts;
  }
  const parse = (markdown: string) => partsOf(new Parser().parse(markdown));
  const spaced = (value: string) => value.replace(/\s+/g, ' ').trim();

  it('shows any text as it is', () => {
    const property = fc.property(papers, (paper) => {
      const { title, abstract } = paper;
      const [heading, , ...rest] = parse(paperMarkdown(paper));
      expect([heading?.type, heading?.level, readOf(heading)]).toEqual(['heading', 1, spaced(title)]);
      expect(rest).toHaveLength(Number(paper.url !== null) + Number(abstract !== ''));
      if (abstract !== '') expect([rest.at(-1)?.type, readOf(rest.at(-1))]).toEqual(['paragraph', spaced(abstract)]);

      const [, list] = parse(listMarkdown([{ rank: 12, score: 0.5, paper, versions: [] }], { heading: 'A' }));
      expect([list?.type, list?.listStart]).toEqual(['list', 12]);
      const [head, body, ...more] = partsOf(list?.firstChild ?? undefined);
      expect(readOf(head).split('\n')[0]).toBe(spaced(title));
      expect(body === undefined ? '' : readOf(body)).toBe(spaced(abstract));
      expect(more).toEqual([]);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
