/** How many papers have a word. */
import type Database from 'better-sqlite3';
import type { TermFrequency } from './paper-store.ts';
import type { TextIndex } from './text-index.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface DocumentFrequencyParts {
  db: Database.Database;
  sql: (text: string) => Database.Statement<unknown[]>;
  tokenizer: Tokenizer;
  textIndex: TextIndex | undefined;
}

/** The text search's own list of terms: https://www.sqlite.org/fts5.html#the_fts5vocab_virtual_table_module. A connection that only reads may have it. */
const TERMS = `CREATE VIRTUAL TABLE IF NOT EXISTS temp.papers_terms USING fts5vocab ('main', 'papers_fts', 'row')`;

/** In the order of `words`; a word of several terms counts as its first. */
export function documentFrequencies(
  { db, sql, tokenizer, textIndex }: DocumentFrequencyParts,
  words: readonly string[],
): TermFrequency[] {
  const index = textIndex?.current();
  if (index === undefined) db.exec(TERMS);
  const papersWith = (term: string) =>
    index?.documentFrequency(term) ?? Number(sql('SELECT doc FROM temp.papers_terms WHERE term = ?').pluck().get(term) ?? 0);
  const counts = new Map<string, number>();
  return tokenizer.tokenize(words).map(([term], i) => {
    if (term === undefined) return { term: words[i] ?? '', papers: 0 };
    const papers = counts.get(term) ?? papersWith(term);
    counts.set(term, papers);
    return { term, papers };
  });
}
