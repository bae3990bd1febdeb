-- A database as version 3 of the schema left it.
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
  title, abstract, content = 'papers', content_rowid = 'rid', tokenize = 'porter unicode61 remove_diacritics 2'
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

ALTER TABLE papers ADD COLUMN version INTEGER;

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
PRAGMA user_version = 3;
