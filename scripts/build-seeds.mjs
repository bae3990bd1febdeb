// Writes seeds/papers.jsonl from the pages beside it, with the same reader as `paperkin import --format daily-papers`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseDailyPapers } from '../dist/seeds/daily-papers.js';
import { mergePages } from '../dist/seeds/seed-corpus.js';

const pagesDir = new URL('../seeds/pages/', import.meta.url);
const target = new URL('../seeds/papers.jsonl', import.meta.url);

const pages = readdirSync(pagesDir)
  .filter((name) => name.endsWith('.txt'))
  .sort()
  .map((name) => ({ page: name, rows: parseDailyPapers(name, readFileSync(new URL(name, pagesDir), 'utf8')) }));
const papers = mergePages(pages).map(({ line: _line, ...paper }) => paper);
writeFileSync(target, papers.map((paper) => `${JSON.stringify(paper)}\n`).join(''));

const rows = pages.reduce((sum, page) => sum + page.rows.length, 0);
console.log(`${rows} rows, ${papers.length} papers`);
