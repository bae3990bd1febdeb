/** A look into the database past the program, which would mend what it finds: for reading alone. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { PaperId } from '#dist/paper.js';
import { contentHash } from '#dist/papers/content-hash.js';
import type { JobState } from '#dist/papers/job-store.js';
import { vectorFromBlob } from '#dist/papers/vector-blob.js';
import type { PaperText } from './texts.ts';

export interface Stored {
  papers: Map<PaperId, PaperText>;
  /** Of every space, by its number and the content hash. A vector that is stored anew, though it was there, gets another row. */
  rows: Map<string, number>;
  /** Of each paper that has one in the space that was asked for. */
  vectors: Map<PaperId, Float32Array>;
  /** Distinct texts without a vector there. */
  pending: number;
  revision: number;
}

export function databaseOf(dataDir: string): string {
  return join(dataDir, 'paperkin.db');
}

export function readDatabase(dataDir: string, space: string): Stored {
  return reading(dataDir, (db) => readAll(db, space));
}

export interface StoredJob {
  id: string;
  state: JobState;
  /** As its kind keeps it; null at the beginning. */
  cursor: unknown;
}

/** The job that was added last, if there was one. */
export function lastJob(dataDir: string): StoredJob | undefined {
  return reading(dataDir, (db) => {
    const row = db.prepare('SELECT id, state, cursor FROM jobs ORDER BY jid DESC LIMIT 1').get() as
      | (StoredJob & { cursor: string | null })
      | undefined;
    return row === undefined ? undefined : { ...row, cursor: row.cursor === null ? null : (JSON.parse(row.cursor) as unknown) };
  });
}

/** Tokens of the papers, each with a text of its own, whose row comes after `rid`. */
export function tokensAfter(dataDir: string, space: string, rid: number): number {
  const sum = `SELECT coalesce(sum(token_count), 0) FROM papers JOIN vectors USING (hash) JOIN spaces USING (sid)
    WHERE space = ? AND rid > ?`;
  return reading(dataDir, (db) => Number(db.prepare(sum).pluck().get(space, rid)));
}

function reading<T>(dataDir: string, read: (db: Database.Database) => T): T {
  const db = new Database(databaseOf(dataDir), { readonly: true, timeout: 10_000 });
  try {
    return db.transaction(() => read(db))();
  } finally {
    db.close();
  }
}

function readAll(db: Database.Database, space: string): Stored {
  // Parsed nowhere else: the columns are those of the schema.
  const papers = db.prepare('SELECT id, title, abstract FROM papers').all() as (PaperText & { id: PaperId })[];
  const rows = db.prepare('SELECT rowid AS row, sid, hash FROM vectors').all() as { row: number; sid: number; hash: string }[];
  const vectors = db.prepare('SELECT hash, vector FROM vectors JOIN spaces USING (sid) WHERE space = ?').all(space) as {
    hash: string;
    vector: Buffer;
  }[];
  const byHash = new Map(vectors.map(({ hash, vector }) => [hash, vector]));
  const hashes = papers.map(({ id, title, abstract }) => ({ id, hash: contentHash(title, abstract) }));
  return {
    papers: new Map(papers.map(({ id, title, abstract }) => [id, { title, abstract }])),
    rows: new Map(rows.map(({ sid, hash, row }) => [`${sid} ${hash}`, row])),
    vectors: new Map(
      hashes.flatMap(({ id, hash }) => {
        const blob = byHash.get(hash);
        return blob === undefined ? [] : [[id, vectorFromBlob(blob)]];
      }),
    ),
    pending: new Set(hashes.filter(({ hash }) => !byHash.has(hash)).map(({ hash }) => hash)).size,
    revision: Number(db.prepare(`SELECT value FROM meta WHERE key = 'revision'`).pluck().get()),
  };
}
