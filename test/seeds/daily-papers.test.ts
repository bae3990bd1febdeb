/** The reader of saved Daily Papers pages: the five real ones, their traps, and pages that are none. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type DailyPapersRow, parseDailyPapers } from '#dist/seeds/daily-papers.js';
import { mergePages } from '#dist/seeds/seed-corpus.js';

const SEEDS = new URL('../../seeds/', import.meta.url);
const names = (await readdir(new URL('pages/', SEEDS))).sort();
const pages = await Promise.all(
  names.map(async (page) => ({ page, rows: parseDailyPapers(page, await readFile(new URL(`pages/${page}`, SEEDS), 'utf8')) })),
);

function rowsOf(prefix: string): DailyPapersRow[] {
  return pages.find(({ page }) => page.startsWith(prefix))?.rows ?? [];
}

describe('the five pages', () => {
  it.each([
    ['000', 28, 26, 26],
    ['001', 198, 0, 0],
    ['002', 194, 0, 0],
    ['003', 48, 0, 0],
    ['004', 45, 44, 40],
  ])('page %s has %i papers, %i with an author count, %i with a full date', (prefix, papers, counted, dated) => {
    const rows = rowsOf(prefix);
    expect(rows).toHaveLength(papers);
    expect(rows.filter(({ authorCount }) => authorCount !== null)).toHaveLength(counted);
    expect(rows.filter(({ publishedAt }) => publishedAt !== null)).toHaveLength(dated);
    expect(rows.map(({ rank }) => rank)).toEqual(rows.map((_, i) => i + 1));
  });

  it('take the first title off the word it is glued to', () => {
    expect(rowsOf('001')[0]?.title).toBe('EDICT: Exact Diffusion Inversion via Coupled Transformations');
    expect(rowsOf('002')[0]?.title).toBe('Neural Network Verification with Branch-and-Bound for General Nonlinearities');
  });

  it('leave a date without a year out and a comment count off', () => {
    expect(rowsOf('004').map(({ publishedAt }) => publishedAt)).toContain('2019-03-24');
    expect(rowsOf('004').filter(({ authorCount, publishedAt }) => authorCount !== null && publishedAt === null)).toHaveLength(4);
  });

  it('never take a header, an author count or a date for a title or an abstract', () => {
    for (const { rows } of pages) {
      for (const { title, abstract } of rows) {
        expect(title).not.toMatch(/^(Subscribe|Daily Papers|•|·)|\d authors?$/);
        expect(abstract.length).toBeGreaterThan(60);
      }
    }
  });

  it('are 409 papers, 86 of them on more than one page, and the committed corpus is made of them', async () => {
    const papers = mergePages(pages);
    expect(papers).toHaveLength(409);
    expect(papers.filter(({ appearances }) => new Set(appearances.map(({ page }) => page)).size > 1)).toHaveLength(86);
    expect(papers.reduce((sum, { appearances }) => sum + appearances.length, 0)).toBe(513);
    const lines = papers.map(({ line: _line, ...paper }) => `${JSON.stringify(paper)}\n`);
    expect(await readFile(new URL('papers.jsonl', SEEDS), 'utf8')).toBe(lines.join(''));
  });

  it('give a paper what any of its pages knows of it', () => {
    const papers = mergePages([
      { page: 'a', rows: [{ rank: 1, line: 1, title: 'A Title', abstract: 'Text', authorCount: null, publishedAt: null }] },
      { page: 'b', rows: [{ rank: 7, line: 1, title: 'a title!', abstract: 'Text', authorCount: 3, publishedAt: '2020-01-02' }] },
    ]);
    expect(papers).toMatchObject([
      {
        title: 'A Title',
        authorCount: 3,
        publishedAt: '2020-01-02',
        appearances: [
          { page: 'a', rank: 1 },
          { page: 'b', rank: 7 },
        ],
      },
    ]);
  });
});

describe('a page that cannot be read', () => {
  it.each([
    ['without the header', 'Some title\nSome abstract\n', ':1:'],
    ['without papers', 'new\n\nSubscribe\n\nDaily Papers\n', ':1:'],
    ['that ends after a title', 'SubscribeFirst\nAbstract\nSecond\n', ':3:'],
    ['with an author count in place of an abstract', 'Subscribe\n\nTitle\n\n • 3 authors\n', ':3:'],
    ['with a separator in place of a title', 'Subscribe\n\nTitle\n\nText\n\nTitle\n\nText\n•\n', ':10:'],
  ])('%s is refused with file and line', (_what, text, place) => {
    expect(() => parseDailyPapers('page.txt', text)).toThrow(`page.txt${place}`);
  });
});
