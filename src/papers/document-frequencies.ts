/** How many papers have a word, from the text search's own list of terms. https://www.sqlite.org/fts5.html#the_fts5vocab_virtual_table_module */
import type Database from 'better-sqlite3';
import type { TermFrequency } from './paper-store.ts';
import { TOKENIZER } from './schema.ts';

/** Nothing is written to the file: a connection that only reads may have temporary tables. */
const TABLES = `
  CREATE VIRTUAL TABLE IF NOT EXISTS temp.asked_words USING fts5 (word, tokenize = '${TOKENIZER}');
  CREATE VIRTUAL TABLE IF NOT EXISTS temp.asked_terms USING fts5vocab ('temp', 'asked_words', 'instance');
  CREATE VIRTUAL TABLE IF NOT EXISTS temp.papers_terms USING fts5vocab ('main', 'papers_fts', 'row');
`;

/** In the order of `words`; a word of several terms counts as its first. */
export function documentFrequencies(
  db: Database.Database,
  sql: (text: string) => Database.Statement<unknown[]>,
  words: readonly string[],
): TermFrequency[] {
  db.exec(TABLES);
  const add = sql('INSERT INTO temp.asked_words (rowid, word) VALUES (?, ?)');
  const terms = sql('SELECT doc, term FROM temp.asked_terms ORDER BY doc, offset DESC');
  const papersWith = sql('SELECT doc FROM temp.papers_terms WHERE term = ?').pluck();
  return db.transaction(() => {
    for (const [i, word] of words.entries()) add.run(i, word);
    // The first term of a word comes last, and stays.
    const termOf = new Map((terms.all() as { doc: number; term: string }[]).map(({ doc, term }) => [doc, term]));
    sql('DELETE FROM temp.asked_words').run();
    const counts = new Map([...new Set(termOf.values())].map((term) => [term, Number(papersWith.get(term) ?? 0)]));
    return words.map((word, i) => {
      const term = termOf.get(i) ?? word;
      return { term, papers: counts.get(term) ?? 0 };
    });
  })();
}
