/** Text search two ways with the same answers: by the text index where it is up to date, by FTS5 where it is not, or cannot say. */
import type Database from 'better-sqlite3';
import type { Scored } from '../lexical/best.ts';
import type { InvertedIndex } from '../lexical/inverted-index.ts';
import type { PaperFilter } from '../paper-filter.ts';
import { titleKey } from '../plain-title.ts';
import { filterSql, type SqlCondition } from './filter-sql.ts';
import { lexicalQuery, lexicalWords } from './lexical-query.ts';
import type { LexicalHit } from './paper-store.ts';
import type { TextIndex } from './text-index.ts';
import { titleHash } from './title-hash.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface LexicalSearchParts {
  db: Database.Database;
  sql: (text: string) => Database.Statement<unknown[]>;
  /** What a word in the title counts beside one in the abstract. */
  titleWeight: number;
  tokenizer: Tokenizer;
  /** FTS5 alone answers where there is none. */
  textIndex: TextIndex | undefined;
}

export type LexicalSearch = (query: string, k: number, filter?: PaperFilter | undefined) => LexicalHit[];

/** Fewer matches of a filter are looked up first. */
const FEW = 5_000;
/** Of more, so many of the best are tried, at least, and so many times as are wanted. */
const TRIED = 2_000;
const TRIED_TIMES = 4;

export function createLexicalSearch({ db, sql, titleWeight, tokenizer, textIndex }: LexicalSearchParts): LexicalSearch {
  function byFts(query: string, match: string, k: number, condition?: SqlCondition): LexicalHit[] {
    // FTS5 gives the negative of BM25, so that ascending is best first. https://www.sqlite.org/fts5.html#the_bm25_function
    // CROSS JOIN keeps the text index first: it is read once, and only what the filter lets through is scored.
    const text = `SELECT p.id, p.title, -hit.score AS score FROM
         (SELECT papers_fts.rowid AS rid, bm25(papers_fts, ?, 1) AS score FROM papers_fts
          ${condition === undefined ? '' : 'CROSS JOIN paper_facets f ON f.rid = +papers_fts.rowid'}
          WHERE papers_fts MATCH ? ${condition === undefined ? '' : `AND ${condition.sql}`} ORDER BY score LIMIT ?) hit
       JOIN papers p USING (rid) ORDER BY hit.score, p.id`;
    const statement = condition === undefined ? sql(text) : db.prepare<unknown[]>(text);
    const rows = statement.all(titleWeight, match, ...(condition?.parameters ?? []), k) as (Omit<LexicalHit, 'titled'> & {
      title: string;
    })[];
    const key = titleKey(query);
    return rows.map(({ id, score, title }) => ({ id, score, titled: titleKey(title) === key }));
  }

  function byIndex(
    query: string,
    index: InvertedIndex,
    terms: readonly string[],
    k: number,
    condition?: SqlCondition,
  ): LexicalHit[] {
    const found = condition === undefined ? index.search(terms, k) : matching(index, terms, k, condition);
    const [key, hash] = [titleKey(query), titleHash(query)];
    const title = sql('SELECT title FROM papers WHERE rid = ?').pluck();
    const hits = found.map(({ key: rid, score }) => {
      const { id, titleHash } = index.describe(rid);
      return { id, score, titled: titleHash === hash && titleKey(title.get(rid) as string) === key };
    });
    return hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  }

  /** The k best that match: of few matches, the best of them; of many, enough are among the best of all. */
  function matching(index: InvertedIndex, terms: readonly string[], k: number, { sql: where, parameters }: SqlCondition): Scored[] {
    const select = db.prepare<unknown[], number>(`SELECT f.rid FROM paper_facets f WHERE ${where} LIMIT ?`).pluck();
    const few = select.all(...parameters, FEW);
    if (few.length < FEW) return index.search(terms, k, marked(few));
    const net = Math.max(TRIED, TRIED_TIMES * k);
    const best = index.search(terms, net);
    // CROSS JOIN keeps the order: the best are tried first, and no more than needed.
    const tried = db
      .prepare<unknown[], number>(
        `SELECT f.rid FROM json_each(?) best CROSS JOIN paper_facets f ON f.rid = best.value WHERE ${where} LIMIT ?`,
      )
      .pluck();
    const found = new Set(tried.all(JSON.stringify(best.map(({ key }) => key)), ...parameters, k));
    if (found.size === k || best.length < net) return best.filter(({ key }) => found.has(key));
    return index.search(terms, k, marked(select.all(...parameters, Number.MAX_SAFE_INTEGER)));
  }

  function marked(rids: readonly number[]): Uint8Array {
    const among = new Uint8Array(Number(sql('SELECT max(rid) FROM papers').pluck().get()) + 1);
    for (const rid of rids) among[rid] = 1;
    return among;
  }

  const search = db.transaction((query: string, k: number, filter?: PaperFilter): LexicalHit[] => {
    const words = lexicalWords(query);
    if (words.length === 0) return [];
    const condition = filter === undefined ? undefined : filterSql(filter);
    const index = textIndex?.current();
    const terms = index === undefined ? [] : tokenizer.tokenize(words);
    // A word that is several terms is looked for as these in a row, which FTS5 can; one that is none is nothing to either.
    if (index === undefined || terms.some(({ length }) => length > 1)) return byFts(query, lexicalQuery(words), k, condition);
    return byIndex(query, index, terms.flat(), k, condition);
  });

  return search;
}
