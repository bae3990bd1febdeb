/** The tables of the database, and the one place that changes them. */
import type Database from 'better-sqlite3';
import { AppError } from '../errors.ts';

/** How FTS5 makes terms of a text. */
export const TOKENIZER = 'porter unicode61 remove_diacritics 2';

/** Each entry brings the schema from its index to the next version; `PRAGMA user_version` says where a file stands. */
const MIGRATIONS = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO meta VALUES ('revision', 0);

  CREATE TABLE papers (
    rid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    authors TEXT NOT NULL,
    author_count INTEGER,
    published_at TEXT,
    categories TEXT NOT NULL,
    venue TEXT,
    url TEXT,
    source TEXT,
    hash TEXT NOT NULL,
    revision INTEGER NOT NULL UNIQUE
  );
  CREATE INDEX papers_hash ON papers (hash);
  CREATE INDEX papers_newest ON papers (coalesce(published_at, '') DESC, id);

  CREATE TABLE tombstones (id TEXT PRIMARY KEY, revision INTEGER NOT NULL UNIQUE) WITHOUT ROWID;

  CREATE TABLE spaces (sid INTEGER PRIMARY KEY, space TEXT NOT NULL UNIQUE, dim INTEGER NOT NULL);
  CREATE TABLE vectors (
    sid INTEGER NOT NULL REFERENCES spaces,
    hash TEXT NOT NULL,
    vector BLOB NOT NULL,
    token_count INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    UNIQUE (sid, hash)
  );

  CREATE VIRTUAL TABLE papers_fts USING fts5 (
    title, abstract, content = 'papers', content_rowid = 'rid', tokenize = '${TOKENIZER}'
  );
  CREATE TRIGGER papers_fts_insert AFTER INSERT ON papers BEGIN
    INSERT INTO papers_fts (rowid, title, abstract) VALUES (new.rid, new.title, new.abstract);
  END;
  CREATE TRIGGER papers_fts_delete AFTER DELETE ON papers BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract) VALUES ('delete', old.rid, old.title, old.abstract);
  END;
  CREATE TRIGGER papers_fts_update AFTER UPDATE OF title, abstract ON papers BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract) VALUES ('delete', old.rid, old.title, old.abstract);
    INSERT INTO papers_fts (rowid, title, abstract) VALUES (new.rid, new.title, new.abstract);
  END;
  `,
  'ALTER TABLE papers ADD COLUMN version INTEGER;',
  `
  CREATE TABLE jobs (
    jid INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    params TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    step TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER,
    rate REAL,
    cursor TEXT,
    report TEXT,
    error TEXT,
    rejected INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX jobs_state ON jobs (state, jid);
  -- A row that is refused again, after a crash or at a second try, is one row.
  CREATE TABLE job_rejects (
    jid INTEGER NOT NULL REFERENCES jobs,
    file TEXT NOT NULL,
    line INTEGER NOT NULL,
    message TEXT NOT NULL,
    UNIQUE (jid, file, line, message)
  );
  `,
  // What filters ask of a paper, kept by triggers in tables that are narrow: a row of `papers` carries its texts.
  `
  CREATE VIEW paper_facets_now AS SELECT
    rid, id, published_at, author_count, source,
    abstract <> '' AS has_abstract, authors <> '[]' AS has_authors, categories <> '[]' AS has_categories,
    coalesce(venue, '') <> '' AS has_venue, coalesce(url, '') <> '' AS has_url
  FROM papers;
  CREATE TABLE paper_facets (
    rid INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    published_at TEXT,
    author_count INTEGER,
    source TEXT,
    has_abstract INTEGER NOT NULL,
    has_authors INTEGER NOT NULL,
    has_categories INTEGER NOT NULL,
    has_venue INTEGER NOT NULL,
    has_url INTEGER NOT NULL
  );
  INSERT INTO paper_facets SELECT * FROM paper_facets_now ORDER BY rid;
  CREATE TRIGGER paper_facets_insert AFTER INSERT ON papers BEGIN
    INSERT INTO paper_facets SELECT * FROM paper_facets_now WHERE rid = new.rid;
  END;
  CREATE TRIGGER paper_facets_delete AFTER DELETE ON papers BEGIN
    DELETE FROM paper_facets WHERE rid = old.rid;
  END;
  CREATE TRIGGER paper_facets_update
  AFTER UPDATE OF abstract, authors, author_count, published_at, categories, venue, url, source ON papers BEGIN
    REPLACE INTO paper_facets SELECT * FROM paper_facets_now WHERE rid = new.rid;
  END;

  -- A category and all that it lies below: cs.CL and cs. The parts between the dots are read as a JSON array.
  CREATE VIEW paper_categories_now AS SELECT
    lower(substr(category.value, 1, sum(length(part.value) + 1) OVER (PARTITION BY rid, category.key ORDER BY part.key) - 1))
      AS category,
    rid
  FROM papers, json_each(categories) category, json_each('[' || replace(json_quote(category.value), '.', '","') || ']') part;
  CREATE TABLE paper_categories (category TEXT, rid INTEGER, PRIMARY KEY (category, rid)) WITHOUT ROWID;
  INSERT OR IGNORE INTO paper_categories SELECT * FROM paper_categories_now;
  CREATE TRIGGER paper_categories_insert AFTER INSERT ON papers BEGIN
    INSERT OR IGNORE INTO paper_categories SELECT * FROM paper_categories_now WHERE rid = new.rid;
  END;
  CREATE TRIGGER paper_categories_delete BEFORE DELETE ON papers BEGIN
    DELETE FROM paper_categories WHERE rid = old.rid
      AND category IN (SELECT category FROM paper_categories_now WHERE rid = old.rid);
  END;
  CREATE TRIGGER paper_categories_before BEFORE UPDATE OF categories ON papers WHEN old.categories <> new.categories BEGIN
    DELETE FROM paper_categories WHERE rid = old.rid
      AND category IN (SELECT category FROM paper_categories_now WHERE rid = old.rid);
  END;
  CREATE TRIGGER paper_categories_after AFTER UPDATE OF categories ON papers WHEN old.categories <> new.categories BEGIN
    INSERT OR IGNORE INTO paper_categories SELECT * FROM paper_categories_now WHERE rid = new.rid;
  END;

  -- A row a name, so that all words of a query are met in one name; the upper bits of its rowid are the paper's rid.
  CREATE VIRTUAL TABLE paper_authors USING fts5 (
    name, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO paper_authors (rowid, name) SELECT rid << 16 | key, value FROM papers, json_each(authors) WHERE key < 65536;
  CREATE TRIGGER paper_authors_insert AFTER INSERT ON papers BEGIN
    INSERT INTO paper_authors (rowid, name) SELECT new.rid << 16 | key, value FROM json_each(new.authors) WHERE key < 65536;
  END;
  CREATE TRIGGER paper_authors_delete AFTER DELETE ON papers BEGIN
    DELETE FROM paper_authors WHERE rowid IN (SELECT old.rid << 16 | key FROM json_each(old.authors) WHERE key < 65536);
  END;
  CREATE TRIGGER paper_authors_update AFTER UPDATE OF authors ON papers WHEN old.authors <> new.authors BEGIN
    DELETE FROM paper_authors WHERE rowid IN (SELECT old.rid << 16 | key FROM json_each(old.authors) WHERE key < 65536);
    INSERT INTO paper_authors (rowid, name) SELECT new.rid << 16 | key, value FROM json_each(new.authors) WHERE key < 65536;
  END;

  CREATE VIRTUAL TABLE paper_venues USING fts5 (
    venue, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO paper_venues (rowid, venue) SELECT rid, venue FROM papers WHERE venue IS NOT NULL;
  CREATE TRIGGER paper_venues_insert AFTER INSERT ON papers WHEN new.venue IS NOT NULL BEGIN
    INSERT INTO paper_venues (rowid, venue) VALUES (new.rid, new.venue);
  END;
  CREATE TRIGGER paper_venues_delete AFTER DELETE ON papers WHEN old.venue IS NOT NULL BEGIN
    DELETE FROM paper_venues WHERE rowid = old.rid;
  END;
  CREATE TRIGGER paper_venues_update AFTER UPDATE OF venue ON papers WHEN old.venue IS NOT new.venue BEGIN
    DELETE FROM paper_venues WHERE rowid = old.rid;
    INSERT INTO paper_venues (rowid, venue) SELECT new.rid, new.venue WHERE new.venue IS NOT NULL;
  END;
  `,
  // Rows that whoever follows the revision has to forget; a row number is given out again, to a paper of a higher revision.
  'CREATE TABLE removed_rows (revision INTEGER PRIMARY KEY, rid INTEGER NOT NULL);',
];

/** What `migrate` brings a file to. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** @throws AppError `store_invalid` when the file was written by a newer version. */
export function migrate(db: Database.Database, file: string): void {
  const version = schemaVersion(db, file);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
}

/** For a connection that only reads. @throws AppError `store_invalid` unless the file has the schema of this version. */
export function requireSchema(db: Database.Database, file: string): void {
  const version = schemaVersion(db, file);
  if (version === SCHEMA_VERSION) return;
  throw new AppError(
    'store_invalid',
    `${file} has schema version ${version}, this program reads ${SCHEMA_VERSION}: "paperkin serve" or "paperkin reindex" brings it up to date`,
  );
}

/**
 * Where the file stands; 0 for a database without our tables.
 * @throws AppError `store_invalid` when it was written by a newer version.
 */
export function schemaVersion(db: Database.Database, file: string): number {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version <= SCHEMA_VERSION) return version;
  throw new AppError(
    'store_invalid',
    `${file} has schema version ${version}, this program knows up to ${SCHEMA_VERSION}: use the newer program`,
  );
}
