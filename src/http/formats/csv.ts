/** Ranked papers as a table (RFC 4180), with columns as the importer knows them. */
import { stringify } from 'csv-stringify/sync';
import type { RankedPaper } from './markdown.ts';

const COLUMNS = [
  'rank',
  'score',
  'id',
  'title',
  'authors',
  'authorCount',
  'publishedAt',
  'categories',
  'venue',
  'url',
  'source',
  'version',
  'versions',
  'abstract',
];

/** Lists stand between semicolons. What a spreadsheet would run as a formula gets an apostrophe before it. */
export function csvOf(hits: readonly RankedPaper[]): string {
  const rows = hits.map(({ rank, score, paper, versions }) => ({
    ...paper,
    rank,
    score,
    authors: paper.authors.join('; '),
    categories: paper.categories.join('; '),
    versions: versions.join('; '),
  }));
  return stringify(rows, {
    header: true,
    columns: COLUMNS,
    record_delimiter: '\r\n',
    quote_record_delimiter: true,
    escape_formulas: true,
  });
}
