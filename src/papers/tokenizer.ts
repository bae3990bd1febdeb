/** What FTS5 makes of a text: asked of FTS5 itself, in a database of its own in memory. */
import Database from 'better-sqlite3';
import { TOKENIZER } from './schema.ts';

export interface Tokenizer {
  /** The terms of each text, in order, with repeats. */
  tokenize(texts: readonly string[]): string[][];
  close(): void;
}

export function openTokenizer(): Tokenizer {
  const db = new Database(':memory:');
  // Nothing is kept of the texts; https://www.sqlite.org/fts5.html#the_fts5vocab_virtual_table_module
  db.exec(`
    CREATE VIRTUAL TABLE texts USING fts5 (text, content = '', tokenize = '${TOKENIZER}');
    CREATE VIRTUAL TABLE terms USING fts5vocab ('texts', 'instance');
  `);
  const add = db.prepare('INSERT INTO texts (rowid, text) VALUES (?, ?)');
  const terms = db.prepare<[], { doc: number; term: string }>('SELECT doc, term FROM terms ORDER BY doc, offset');
  const forget = db.prepare(`INSERT INTO texts (texts) VALUES ('delete-all')`);
  const tokenize = db.transaction((texts: readonly string[]) => {
    for (const [i, text] of texts.entries()) add.run(i, text);
    const found: string[][] = texts.map(() => []);
    for (const { doc, term } of terms.all()) found[doc]?.push(term);
    forget.run();
    return found;
  });
  return { tokenize, close: () => db.close() };
}
