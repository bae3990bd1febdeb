/** Turns a filter into a condition of SQL: the shape becomes text, every value a parameter. */
import type { PaperConditions, PaperFilter } from '../paper-filter.ts';

export interface SqlCondition {
  /** Over a row `f` of `paper_facets`. */
  sql: string;
  parameters: (string | number)[];
}

const PRESENT: Record<NonNullable<PaperConditions['has']>, string> = {
  abstract: 'f.has_abstract',
  authors: 'f.has_authors',
  categories: 'f.has_categories',
  date: 'f.published_at IS NOT NULL',
  url: 'f.has_url',
  venue: 'f.has_venue',
};

export function filterSql(filter: PaperFilter): SqlCondition {
  const text = textExpression(filter);
  if (text !== undefined) return inText(text);
  if ('not' in filter) {
    const { sql, parameters } = filterSql(filter.not);
    return { sql: `(${sql}) IS NOT TRUE`, parameters };
  }
  if ('and' in filter) return joined(filter.and.map(filterSql), 'AND');
  if ('or' in filter) return joined(filter.or.map(filterSql), 'OR');
  return joined(conditionsOf(filter), 'AND');
}

/** Unknown (NULL) counts as false at the top, under AND and under OR; NOT asks for `IS NOT TRUE`. */
function conditionsOf(conditions: PaperConditions): SqlCondition[] {
  const { from, to, category, venue, author, minAuthors, maxAuthors, source, has, phrase, word } = conditions;
  return [
    // Dates compare as texts. What `from` begins with is a less exact date, whose last day is not before it.
    ...said(from, (date) => ({
      sql: '(f.published_at >= ? OR f.published_at IN (?, ?))',
      parameters: [date, date.slice(0, 'YYYY'.length), date.slice(0, 'YYYY-MM'.length)],
    })),
    ...said(to, (date) => ({ sql: 'f.published_at < ?', parameters: [`${date}~`] })),
    ...said(category, (name) => ({
      sql: 'f.rid IN (SELECT rid FROM paper_categories WHERE category = lower(?))',
      parameters: [name.replace(/\.\*$/, '')],
    })),
    ...said(venue, (words) => ({
      sql: 'f.rid IN (SELECT rowid FROM paper_venues WHERE paper_venues MATCH ?)',
      parameters: [ftsString(words)],
    })),
    ...said(author, (name) => ({
      sql: 'f.rid IN (SELECT rowid >> 16 FROM paper_authors WHERE paper_authors MATCH ?)',
      parameters: [(name.match(/[\p{L}\p{M}\p{N}]+/gu) ?? ['']).map(ftsString).join(' AND ')],
    })),
    ...said(minAuthors, (count) => ({ sql: 'f.author_count >= ?', parameters: [count] })),
    ...said(maxAuthors, (count) => ({ sql: 'f.author_count <= ?', parameters: [count] })),
    ...said(source, (name) => ({ sql: 'f.source = ? COLLATE NOCASE', parameters: [name] })),
    ...said(has, (what) => ({ sql: PRESENT[what], parameters: [] })),
    ...said(phrase, (words) => inText(ftsString(words))),
    ...said(word, (text) => inText(ftsString(text))),
  ];
}

function said<T>(value: T | undefined, compile: (value: T) => SqlCondition): SqlCondition[] {
  return value === undefined ? [] : [compile(value)];
}

/** One FTS5 expression for a filter of nothing but words and phrases, without a `not`: one look into the index for all. */
function textExpression(filter: PaperFilter): string | undefined {
  if ('not' in filter) return undefined;
  if ('and' in filter) return joinedText(filter.and.map(textExpression), 'AND');
  if ('or' in filter) return joinedText(filter.or.map(textExpression), 'OR');
  const { phrase, word, ...others } = filter;
  if (Object.values(others).some((value) => value !== undefined)) return undefined;
  const strings = [phrase, word].filter((text) => text !== undefined).map(ftsString);
  return strings.length === 0 ? undefined : joinedText(strings, 'AND');
}

function joinedText(expressions: readonly (string | undefined)[], operator: 'AND' | 'OR'): string | undefined {
  const known = expressions.filter((expression) => expression !== undefined);
  return known.length === 0 || known.length < expressions.length ? undefined : `(${known.join(` ${operator} `)})`;
}

/** Of none, AND is true and OR is false. */
function joined(conditions: readonly SqlCondition[], operator: 'AND' | 'OR'): SqlCondition {
  if (conditions.length === 0) return { sql: operator === 'AND' ? 'TRUE' : 'FALSE', parameters: [] };
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(` ${operator} `)})`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

function inText(expression: string): SqlCondition {
  return { sql: 'f.rid IN (SELECT rowid FROM papers_fts WHERE papers_fts MATCH ?)', parameters: [expression] };
}

/** A string of FTS5: its tokenizer reads what is inside, no character has a meaning. NUL would end the expression. */
function ftsString(text: string): string {
  return `"${text.replaceAll('\0', ' ').replaceAll('"', '""')}"`;
}
