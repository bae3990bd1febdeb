/** A look into the database past the program, which would mend what it finds: for reading alone. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { PaperId } from '#dist/paper.js';
import { contentHash } from '#dist/papers/content-hash.js';
import { vectorFromBlob } from '#dist/papers/vector-blob.js';
import type { PaperText } from './texts.ts';

export interface Stored {
  papers: Map<PaperId, PaperText>;
  /** By content hash. A vector that is stored anew, though it was there, gets another row. */
  rows: Map<string, number>;
  /** Of each paper that has one. */
  vectors: Map<PaperId, Float32Array>;
  /** Distinct texts without a vector. */
  pending: number;
  revision: number;
}

export function databaseOf(dataDir: string): string {
  return join(dataDir, 'paperkin.db');
}

export function readDatabase(dataDir: string): Stored {
  const db = new Database(databaseOf(dataDir), { readonly: true, timeout: 10_000 });
  try {
    return db.transaction(() => read(db))();
  } finally {
    db.close();
  }
}

function read(db: Database.Database): Stored {
  // Parsed nowhere else: the columns are those of the schema.
  const papers = db.prepare('SELECT id, title, abstract FROM papers').all() as (PaperText & { id: PaperId })[];
  const vectors = db.prepare('SELECT rowid AS row, hash, vector FROM vectors').all() as {
    row: number;
    hash: string;
    vector: Buffer;
  }[];
  const byHash = new Map(vectors.map(({ hash, vector }) => [hash, vector]));
  const hashes = papers.map(({ id, title, abstract }) => ({ id, hash: contentHash(title, abstract) }));
  return {
    papers: new Map(papers.map(({ id, title, abstract }) => [id, { title, abstract }])),
    rows: new Map(vectors.map(({ hash, row }) => [hash, row])),
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
