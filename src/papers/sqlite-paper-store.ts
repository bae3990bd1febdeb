/** `PaperStore` on SQLite, a file or in memory. The database file is opened here and nowhere else. */
import Database from 'better-sqlite3';
import { AppError, messageOf } from '../errors.ts';
import type { Paper, PaperDraft, PaperId, PaperRecord } from '../paper.ts';
import type { PaperFilter } from '../paper-filter.ts';
import { contentHash } from './content-hash.ts';
import { filterSql } from './filter-sql.ts';
import type { JobStore } from './job-store.ts';
import { isOutdated, mergePaper, type PaperRow, paperFromRow, recordFromRow, rowFromPaper } from './paper-row.ts';
import type {
  LexicalHit,
  ListRange,
  PaperStore,
  PendingText,
  Reading,
  Revision,
  Selection,
  SpaceRef,
  StoreCounts,
  StoredSpace,
  StoredVector,
  TermFrequency,
  TextIndexReport,
  Touched,
  UpsertMode,
  UpsertOutcome,
  UpsertPreview,
  UpsertReport,
  VectorChange,
} from './paper-store.ts';
import { migrate, requireSchema } from './schema.ts';
import { SqliteJobStore } from './sqlite-job-store.ts';
import { statementCache } from './statement-cache.ts';
import { openTextSearch, type TextSearch, type TextSearchOptions } from './text-search.ts';
import { blobFromVector, vectorFromBlob } from './vector-blob.ts';
import { writeFault } from './write-fault.ts';

/** What a word in the title counts in BM25 beside one in the abstract: the best of five on all sets, see docs/quality.md. */
const TITLE_WEIGHT = 3;

export interface SqlitePaperStoreOptions {
  /** Open an existing file for reading only. */
  readOnly?: boolean;
  titleWeight?: number;
  /** Keep an index of the texts in memory, and in this file between two runs; without one FTS5 answers text searches. */
  textIndex?: TextSearchOptions['index'];
}

export class SqlitePaperStore implements PaperStore {
  /** The batch jobs in the same database. */
  readonly jobs: JobStore;
  readonly #db: Database.Database;
  readonly #texts: TextSearch;
  readonly #sql: ReturnType<typeof statementCache>;

  /**
   * @param file path of the database, or `:memory:`.
   * @throws AppError `store_invalid` when it cannot be opened or was written by a newer version.
   */
  constructor(file: string, { readOnly = false, titleWeight = TITLE_WEIGHT, textIndex }: SqlitePaperStoreOptions = {}) {
    try {
      this.#db = new Database(file, { readonly: readOnly, timeout: 10_000 });
      this.#sql = statementCache(this.#db);
      this.jobs = new SqliteJobStore(this.#db);
      if (readOnly) requireSchema(this.#db, file);
      else {
        // One fsync a commit: an acknowledged write survives a power cut. https://www.sqlite.org/pragma.html#pragma_synchronous
        this.#db.pragma('journal_mode = WAL');
        this.#db.pragma('synchronous = FULL');
        migrate(this.#db, file);
      }
      this.#texts = openTextSearch({ db: this.#db, sql: this.#sql, titleWeight, index: textIndex });
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('store_invalid', `cannot open the database ${file}: ${messageOf(error)}`, { cause: error });
    }
  }

  async upsert(drafts: readonly PaperDraft[], mode: UpsertMode): Promise<UpsertReport> {
    return this.#write(() => {
      const outcomes = drafts.map((draft) => this.#upsertOne(draft, mode));
      return { outcomes, revision: this.#revision() };
    });
  }

  async preview(drafts: readonly PaperDraft[], space: SpaceRef): Promise<UpsertPreview> {
    let preview: UpsertPreview = { outcomes: [], texts: [] };
    const rollBack = new Error('only to be seen');
    try {
      this.#write(() => {
        const outcomes = drafts.map((draft) => this.#upsertOne(draft, 'merge'));
        const text = this.#sql(
          `SELECT hash, length(title) + length(abstract) AS characters FROM papers p WHERE id = ? AND NOT EXISTS
           (SELECT 1 FROM vectors v JOIN spaces s USING (sid) WHERE s.space = ? AND v.hash = p.hash)`,
        );
        const texts = new Map<string, UpsertPreview['texts'][number]>();
        for (const { id } of drafts) {
          const found = text.get(id, space.id) as UpsertPreview['texts'][number] | undefined;
          if (found !== undefined) texts.set(found.hash, found);
        }
        preview = { outcomes, texts: [...texts.values()] };
        throw rollBack;
      });
    } catch (error) {
      if (error !== rollBack) throw error;
    }
    return preview;
  }

  async remove(ids: readonly PaperId[]): Promise<{ removed: PaperId[]; revision: Revision }> {
    return this.#write(() => {
      const removed: PaperId[] = [];
      for (const id of ids) {
        const rid = this.#sql('DELETE FROM papers WHERE id = ? RETURNING rid').pluck().get(id);
        if (rid === undefined) continue;
        removed.push(id);
        const revision = this.#nextRevision();
        this.#sql('INSERT OR REPLACE INTO tombstones (id, revision) VALUES (?, ?)').run(id, revision);
        this.#sql('INSERT INTO removed_rows (revision, rid) VALUES (?, ?)').run(revision, rid);
      }
      return { removed, revision: this.#revision() };
    });
  }

  async wasRemoved(id: PaperId): Promise<boolean> {
    return this.#sql('SELECT 1 FROM tombstones WHERE id = ?').get(id) !== undefined;
  }

  async reading(id: PaperId, space: SpaceRef): Promise<Reading | undefined> {
    const row = this.#sql(
      `SELECT v.token_count AS tokenCount, v.truncated FROM papers p JOIN vectors v USING (hash) JOIN spaces s USING (sid)
       WHERE p.id = ? AND s.space = ?`,
    ).get(id, space.id) as { tokenCount: number; truncated: number } | undefined;
    return row === undefined ? undefined : { tokenCount: row.tokenCount, truncated: row.truncated === 1 };
  }

  async get(ids: readonly PaperId[]): Promise<(Paper | undefined)[]> {
    return ids.map((id) => {
      const row = this.#paperRow(id);
      return row === undefined ? undefined : paperFromRow(row);
    });
  }

  async records(ids: readonly PaperId[]): Promise<(PaperRecord | undefined)[]> {
    const rows = this.#sql('SELECT p.* FROM json_each(?) asked CROSS JOIN papers p ON p.id = asked.value').all(JSON.stringify(ids));
    const found = new Map((rows as PaperRow[]).map((row) => [row.id, recordFromRow(row)]));
    return ids.map((id) => found.get(id));
  }

  async list({ limit, after, offset = 0, dated }: ListRange): Promise<Paper[]> {
    const date = `coalesce(published_at, '')`;
    const conditions = [
      ...(after === undefined ? [] : [`${date} <= @date AND (${date} < @date OR id > @id)`]),
      ...(dated === undefined ? [] : [`${date} >= @from AND ${date} < @before AND length(published_at) >= length(@from)`]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = this.#sql(`SELECT * FROM papers ${where} ORDER BY ${date} DESC, id LIMIT @limit OFFSET @offset`).all({
      limit,
      offset,
      ...(after !== undefined && { date: after.publishedAt ?? '', id: after.id }),
      ...dated,
    });
    return (rows as PaperRow[]).map(paperFromRow);
  }

  async counts(space?: SpaceRef): Promise<StoreCounts> {
    const papers = this.#number('SELECT count(*) FROM papers');
    const pending =
      space === undefined
        ? 0
        : this.#number(
            `SELECT count(*) FROM papers p WHERE NOT EXISTS
             (SELECT 1 FROM vectors v JOIN spaces s USING (sid) WHERE s.space = ? AND v.hash = p.hash)`,
            space.id,
          );
    return { papers, pending, revision: this.#revision() };
  }

  async revision(): Promise<Revision> {
    return this.#revision();
  }

  async touched(since: Revision, { limit }: { limit: number }): Promise<Touched> {
    // First: what is written between the two is told again at the next look.
    const revision = this.#revision();
    const ids = this.#sql(
      `SELECT id FROM papers WHERE revision > @since UNION ALL SELECT id FROM tombstones WHERE revision > @since LIMIT @limit`,
    )
      .pluck()
      .all({ since, limit: limit + 1 }) as PaperId[];
    return { ids: ids.slice(0, limit), complete: ids.length <= limit, revision };
  }

  async pending(space: SpaceRef, { limit, after = 0 }: { limit: number; after?: number | undefined }): Promise<PendingText[]> {
    const rows = this.#sql(
      `SELECT revision AS cursor, hash, title, abstract FROM papers p WHERE revision > ? AND NOT EXISTS
       (SELECT 1 FROM vectors v JOIN spaces s USING (sid) WHERE s.space = ? AND v.hash = p.hash) ORDER BY revision LIMIT ?`,
    ).all(after, space.id, limit) as PendingText[];
    const seen = new Set<string>();
    return rows.filter(({ hash }) => !seen.has(hash) && seen.add(hash));
  }

  async texts({ limit, after }: { limit: number; after: number }): Promise<PendingText[]> {
    return this.#sql('SELECT rid AS cursor, hash, title, abstract FROM papers WHERE rid > ? ORDER BY rid LIMIT ?').all(
      after,
      limit,
    ) as PendingText[];
  }

  async spaces(): Promise<StoredSpace[]> {
    return this.#sql(
      `SELECT s.space AS id, s.dim, count(v.sid) AS vectors FROM spaces s LEFT JOIN vectors v USING (sid)
       GROUP BY s.sid ORDER BY vectors DESC, s.sid`,
    ).all() as StoredSpace[];
  }

  async putVectors(space: SpaceRef, vectors: readonly StoredVector[]): Promise<void> {
    this.#write(() => {
      const sid = this.#sid(space);
      const put = this.#sql('INSERT OR REPLACE INTO vectors (sid, hash, vector, token_count, truncated) VALUES (?, ?, ?, ?, ?)');
      const stored = this.#sql('SELECT vector FROM vectors WHERE sid = ? AND hash = ?').pluck() as Database.Statement<
        unknown[],
        Buffer
      >;
      const readers = this.#sql('SELECT rid FROM papers WHERE hash = ?').pluck();
      const touch = this.#sql('UPDATE papers SET revision = ? WHERE rid = ?');
      for (const { hash, vector, tokenCount, truncated } of vectors) {
        if (vector.length !== space.dim) {
          throw new AppError('space_mismatch', `space ${space.id} has ${space.dim} dimensions, the vector has ${vector.length}`);
        }
        const blob = blobFromVector(vector);
        // The same vector again is no change: nothing has to be brought into an index.
        if (stored.get(sid, hash)?.equals(blob) === true) continue;
        put.run(sid, hash, blob, tokenCount, truncated ? 1 : 0);
        for (const rid of readers.all(hash)) touch.run(this.#nextRevision(), rid);
      }
    });
  }

  async changes(space: SpaceRef, { since, limit }: { since: Revision; limit: number }): Promise<VectorChange[]> {
    const rows = this.#sql(
      // CROSS JOIN keeps the order of the tables: papers by revision first, else every vector would be read and sorted.
      `SELECT * FROM (
         SELECT p.revision, p.id, v.vector FROM papers p CROSS JOIN vectors v
         WHERE p.revision > @since AND v.sid = (SELECT sid FROM spaces WHERE space = @space) AND v.hash = p.hash
         ORDER BY p.revision LIMIT @limit)
       UNION ALL SELECT * FROM (
         SELECT revision, id, NULL FROM tombstones WHERE revision > @since ORDER BY revision LIMIT @limit)
       ORDER BY revision LIMIT @limit`,
    ).all({ space: space.id, since, limit }) as { revision: number; id: string; vector: Buffer | null }[];
    return rows.map(({ revision, id, vector }) => ({
      revision,
      id,
      vector: vector === null ? null : vectorFromBlob(vector),
    }));
  }

  async lexicalSearch(query: string, k: number, filter?: PaperFilter | undefined): Promise<LexicalHit[]> {
    return this.#texts.lexicalSearch(query, k, filter);
  }

  // Filters have as many shapes as callers have ideas: their statements are not kept.
  async select(filter: PaperFilter, { limit }: { limit: number }): Promise<Selection> {
    const { sql, parameters } = filterSql(filter);
    const ids = this.#db
      .prepare<unknown[], PaperId>(`SELECT f.id FROM paper_facets f WHERE ${sql} ORDER BY f.rid LIMIT ?`)
      .pluck()
      .all(...parameters, limit + 1);
    return { ids: ids.slice(0, limit), complete: ids.length <= limit };
  }

  async matching(filter: PaperFilter, ids: readonly PaperId[]): Promise<PaperId[]> {
    const { sql, parameters } = filterSql(filter);
    const found = this.#db
      .prepare<unknown[], PaperId>(
        // The plus keeps SQLite from trying every rid of a condition's list for every id.
        `SELECT f.id FROM json_each(?) asked CROSS JOIN papers p ON p.id = asked.value CROSS JOIN paper_facets f ON f.rid = +p.rid
         WHERE ${sql}`,
      )
      .pluck()
      .all(JSON.stringify(ids), ...parameters);
    const matches = new Set(found);
    return ids.filter((id) => matches.has(id));
  }

  async documentFrequencies(words: readonly string[]): Promise<TermFrequency[]> {
    return this.#texts.documentFrequencies(words);
  }

  async textIndex(): Promise<TextIndexReport | null> {
    return this.#texts.report();
  }

  async close(): Promise<void> {
    await this.#texts.close();
    this.#db.close();
  }

  #upsertOne(draft: PaperDraft, mode: UpsertMode): UpsertOutcome {
    const row = this.#paperRow(draft.id);
    const stored = row === undefined ? undefined : paperFromRow(row);
    if (mode === 'merge' && stored !== undefined && isOutdated(stored, draft)) return 'unchanged';
    const paper = mergePaper(mode === 'merge' ? stored : undefined, draft);
    const next = rowFromPaper(paper);
    const hash = contentHash(paper.title, paper.abstract);
    if (row === undefined) {
      this.#sql('DELETE FROM tombstones WHERE id = ?').run(draft.id);
      this.#sql(
        `INSERT INTO papers (id, title, abstract, authors, author_count, published_at, categories, venue, url, source, version, hash, revision)
         VALUES (@id, @title, @abstract, @authors, @author_count, @published_at, @categories, @venue, @url, @source, @version, @hash, @revision)`,
      ).run({ ...next, hash, revision: this.#nextRevision() });
      return 'new';
    }
    const columns = Object.keys(next) as (keyof typeof next)[];
    if (columns.every((column) => next[column] === row[column])) return 'unchanged';
    this.#sql(
      `UPDATE papers SET title = @title, abstract = @abstract, authors = @authors, author_count = @author_count,
       published_at = @published_at, categories = @categories, venue = @venue, url = @url, source = @source,
       version = @version, hash = @hash, revision = @revision WHERE id = @id`,
    ).run({ ...next, hash, revision: this.#nextRevision() });
    return 'changed';
  }

  #paperRow(id: PaperId): PaperRow | undefined {
    return this.#sql('SELECT * FROM papers WHERE id = ?').get(id) as PaperRow | undefined;
  }

  /** @throws AppError `space_mismatch` when the space is known with other dimensions. */
  #sid(space: SpaceRef): number {
    this.#sql('INSERT INTO spaces (space, dim) VALUES (?, ?) ON CONFLICT DO NOTHING').run(space.id, space.dim);
    const { sid, dim } = this.#sql('SELECT sid, dim FROM spaces WHERE space = ?').get(space.id) as { sid: number; dim: number };
    if (dim !== space.dim)
      throw new AppError('space_mismatch', `space ${space.id} is stored with ${dim} dimensions, not ${space.dim}`);
    return sid;
  }

  #revision(): Revision {
    return this.#number(`SELECT value FROM meta WHERE key = 'revision'`);
  }

  #nextRevision(): Revision {
    return this.#number(`UPDATE meta SET value = value + 1 WHERE key = 'revision' RETURNING value`);
  }

  #number(sql: string, ...parameters: unknown[]): number {
    return Number(
      this.#sql(sql)
        .pluck()
        .get(...parameters),
    );
  }

  #write<T>(work: () => T): T {
    try {
      return this.#db.transaction(work).immediate();
    } catch (error) {
      throw writeFault(error);
    }
  }
}
