/** Brings an inverted index to the texts that the database has, a turn at a time: all of them at first, then each change. */
import type Database from 'better-sqlite3';
import type { InvertedIndex } from '../lexical/inverted-index.ts';
import type { CountedDocument } from '../lexical/make-segment.ts';
import { createTermCounter, type TextDocument } from '../lexical/term-counter.ts';
import type { PaperId } from '../paper.ts';
import type { ContentHash } from './content-hash.ts';
import type { Revision } from './paper-store.ts';
import { titleHash } from './title-hash.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface TextFollower {
  /** Whatever the index holds, afterwards it holds what the database has. A turn ends at each `yield`. */
  compare(): Generator<void>;
  /** Takes over the next changes, in the database's open transaction. @returns true when there are no more. */
  follow(): boolean;
  /** Whether the index holds every change that the database's open transaction sees. */
  isCurrent(): boolean;
  /** Papers that were read since it was set. */
  changed: number;
}

export interface TextFollowerOptions {
  db: Database.Database;
  sql: (text: string) => Database.Statement<unknown[]>;
  tokenizer: Tokenizer;
  titleWeight: number;
  index: InvertedIndex;
}

/** What a turn reads: one or two milliseconds. */
const PAPERS_A_TURN = 16;
const ROWS_A_TURN = 500;
/** Papers that come into the index together while it is made. */
const PAPERS_AT_ONCE = 256;

interface Row {
  id: PaperId;
  title: string;
  abstract: string;
  hash: ContentHash;
}

interface Change {
  revision: Revision;
  rid: number;
  /** Null for a paper that was removed. */
  hash: ContentHash | null;
}

export function createTextFollower({ db, sql, tokenizer, titleWeight, index }: TextFollowerOptions): TextFollower {
  const countTerms = createTermCounter({ tokenize: tokenizer.tokenize, index, titleWeight });
  /** The index holds every change up to it. */
  let reached = -1;
  let changed = 0;

  const revision = () => Number(sql(`SELECT value FROM meta WHERE key = 'revision'`).pluck().get());

  /** The papers of these rows, as they are now; one that was removed meanwhile is left out. */
  function read(rids: readonly number[]): CountedDocument[] {
    const text = sql('SELECT id, title, abstract, hash FROM papers WHERE rid = ?');
    const documents: TextDocument[] = [];
    for (const key of rids) {
      const row = text.get(key) as Row | undefined;
      if (row === undefined) continue;
      const { id, title, abstract, hash } = row;
      documents.push({ key, id, fingerprint: fingerprintOf(hash), titleHash: titleHash(title), title, abstract });
    }
    changed += documents.length;
    return countTerms(documents);
  }

  /** Removes what the database has not, under the same row number and id. */
  function* removeUnknown(): Generator<void> {
    const gone = new Set(index.keys());
    const page = sql('SELECT rid, id FROM paper_facets WHERE rid > ? ORDER BY rid LIMIT ?');
    let last = 0;
    for (let more = gone.size > 0; more; ) {
      const rows = page.all(last, ROWS_A_TURN) as { rid: number; id: PaperId }[];
      for (const { rid, id } of rows) if (gone.has(rid) && index.describe(rid).id === id) gone.delete(rid);
      last = rows.at(-1)?.rid ?? last;
      more = rows.length === ROWS_A_TURN;
      yield;
    }
    for (const rid of gone) index.remove(rid);
  }

  /** Rows whose text the index has not. */
  function* missing(): Generator<void, number[]> {
    const missing: number[] = [];
    // The index of hashes has all that is asked: no paper is read.
    const page = sql('SELECT hash, rid FROM papers WHERE (hash, rid) > (?, ?) ORDER BY hash, rid LIMIT ?');
    let last = { hash: '', rid: 0 };
    for (let more = true; more; ) {
      const rows = page.all(last.hash, last.rid, ROWS_A_TURN) as { hash: ContentHash; rid: number }[];
      for (const { hash, rid } of rows) if (!index.holds(rid, fingerprintOf(hash))) missing.push(rid);
      last = rows.at(-1) ?? last;
      more = rows.length === ROWS_A_TURN;
      yield;
    }
    return missing.sort((a, b) => a - b);
  }

  return {
    *compare() {
      // What changes from here on is followed afterwards; where it has been seen already, that changes nothing.
      const since = revision();
      yield* removeUnknown();
      const rids = yield* missing();
      for (let from = 0; from < rids.length; from += PAPERS_AT_ONCE) {
        const documents: CountedDocument[] = [];
        const end = Math.min(rids.length, from + PAPERS_AT_ONCE);
        for (let at = from; at < end; at += PAPERS_A_TURN) {
          documents.push(...read(rids.slice(at, Math.min(end, at + PAPERS_A_TURN))));
          yield;
        }
        index.add(documents);
        yield;
      }
      reached = since;
    },
    follow: db.transaction(() => {
      const changes = sql(
        `SELECT * FROM (SELECT revision, rid, hash FROM papers WHERE revision > @reached ORDER BY revision LIMIT @limit)
         UNION ALL SELECT * FROM (SELECT revision, rid, NULL FROM removed_rows WHERE revision > @reached ORDER BY revision LIMIT @limit)
         ORDER BY revision LIMIT @limit`,
      ).all({ reached, limit: PAPERS_A_TURN }) as Change[];
      // A row that is there has its number from after the removal.
      for (const { rid, hash } of changes) if (hash === null) index.remove(rid);
      const stale = changes.filter(({ rid, hash }) => hash !== null && !index.holds(rid, fingerprintOf(hash)));
      if (stale.length > 0) index.add(read(stale.map(({ rid }) => rid)));
      const all = changes.length < PAPERS_A_TURN;
      reached = all ? revision() : (changes.at(-1)?.revision ?? reached);
      return all;
    }),
    isCurrent: () => reached === revision(),
    get changed() {
      return changed;
    },
    set changed(value) {
      changed = value;
    },
  };
}

function fingerprintOf(hash: ContentHash): [number, number] {
  return [Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8, 16), 16)];
}
