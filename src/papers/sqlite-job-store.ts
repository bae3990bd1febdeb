/** `JobStore` in the database of the papers. */
import { randomBytes } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Job, JobJson, JobKind, JobProgress, JobReject, JobState, JobStore } from './job-store.ts';
import { statementCache } from './statement-cache.ts';

interface JobRow {
  id: string;
  kind: string;
  params: string;
  state: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  attempts: number;
  cancel_requested: number;
  step: string;
  done: number;
  total: number | null;
  rate: number | null;
  cursor: string | null;
  report: string | null;
  error: string | null;
  rejected: number;
}

export class SqliteJobStore implements JobStore {
  readonly #db: Database.Database;
  readonly #sql: ReturnType<typeof statementCache>;

  /** The connection stays the caller's to close. */
  constructor(db: Database.Database) {
    this.#db = db;
    this.#sql = statementCache(db);
  }

  async addJob(kind: JobKind, params: JobJson): Promise<Job> {
    const id = `job-${randomBytes(6).toString('hex')}`;
    this.#sql(`INSERT INTO jobs (id, kind, params, state, created_at) VALUES (?, ?, ?, 'enqueued', ?)`).run(
      id,
      kind,
      JSON.stringify(params),
      now(),
    );
    return this.#known(id);
  }

  async job(id: string): Promise<Job | undefined> {
    return this.#find(id);
  }

  async jobs({ limit }: { limit: number }): Promise<Job[]> {
    return (this.#sql('SELECT * FROM jobs ORDER BY jid DESC LIMIT ?').all(limit) as JobRow[]).map(jobFromRow);
  }

  async countJobs(): Promise<Record<JobState, number>> {
    const counts = { enqueued: 0, processing: 0, succeeded: 0, failed: 0, canceled: 0 };
    const rows = this.#sql('SELECT state, count(*) AS count FROM jobs GROUP BY state').all() as {
      state: JobState;
      count: number;
    }[];
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  async claimJob(): Promise<Job | undefined> {
    return this.#claim(`SELECT id FROM jobs WHERE state = 'enqueued' ORDER BY jid LIMIT 1`);
  }

  async claimJobById(id: string): Promise<Job | undefined> {
    return this.#claim(`SELECT id FROM jobs WHERE state = 'enqueued' AND id = ?`, id);
  }

  async recoverJobs(): Promise<number> {
    return this.#sql(`UPDATE jobs SET state = 'enqueued' WHERE state = 'processing'`).run().changes;
  }

  async noteProgress(id: string, { step, done, total, rate }: JobProgress, cursor: JobJson | null): Promise<boolean> {
    // What the next process need not do again is what tells a job that kills its processes from one whose processes are killed.
    this.#sql(
      `UPDATE jobs SET attempts = CASE WHEN cursor IS @cursor THEN attempts ELSE 0 END,
       step = @step, done = @done, total = @total, rate = @rate, cursor = @cursor WHERE id = @id`,
    ).run({ step, done, total, rate, cursor: jsonOrNull(cursor), id });
    return this.#known(id).cancelRequested;
  }

  async addRejects(id: string, rejects: readonly JobReject[]): Promise<void> {
    this.#db
      .transaction(() => {
        const add = this.#sql(
          `INSERT OR IGNORE INTO job_rejects (jid, file, line, message)
           SELECT jid, ?, ?, ? FROM jobs WHERE id = ?`,
        );
        let added = 0;
        for (const { file, line, message } of rejects) added += add.run(file, line, message, id).changes;
        this.#sql('UPDATE jobs SET rejected = rejected + ? WHERE id = ?').run(added, id);
      })
      .immediate();
  }

  async rejects(id: string, { limit, after }: { limit: number; after: number }): Promise<JobReject[]> {
    return this.#sql(
      `SELECT r.file, r.line, r.message FROM job_rejects r JOIN jobs j USING (jid) WHERE j.id = ?
       ORDER BY r.rowid LIMIT ? OFFSET ?`,
    ).all(id, limit, after) as JobReject[];
  }

  async endJob(
    id: string,
    { state, report, error }: { state: Exclude<JobState, 'processing'>; report?: JobJson; error?: string },
  ): Promise<void> {
    this.#sql('UPDATE jobs SET state = ?, finished_at = ?, report = ?, error = ?, cancel_requested = 0 WHERE id = ?').run(
      state,
      state === 'enqueued' ? null : now(),
      jsonOrNull(report ?? null),
      error ?? null,
      id,
    );
  }

  async cancelJob(id: string): Promise<Job | undefined> {
    this.#sql(`UPDATE jobs SET state = 'canceled', finished_at = ? WHERE id = ? AND state = 'enqueued'`).run(now(), id);
    this.#sql(`UPDATE jobs SET cancel_requested = 1 WHERE id = ? AND state = 'processing'`).run(id);
    return this.#find(id);
  }

  async retryJob(id: string): Promise<Job | undefined> {
    this.#sql(
      `UPDATE jobs SET state = 'enqueued', finished_at = NULL, error = NULL, report = NULL, attempts = 0
       WHERE id = ? AND state IN ('failed', 'canceled')`,
    ).run(id);
    return this.#find(id);
  }

  #claim(choose: string, ...parameters: unknown[]): Job | undefined {
    return this.#db
      .transaction(() => {
        const id = this.#sql(choose)
          .pluck()
          .get(...parameters) as string | undefined;
        if (id === undefined) return undefined;
        this.#sql(
          `UPDATE jobs SET state = 'processing', started_at = coalesce(started_at, ?), attempts = attempts + 1,
           cancel_requested = 0 WHERE id = ?`,
        ).run(now(), id);
        return this.#find(id);
      })
      .immediate();
  }

  #find(id: string): Job | undefined {
    const row = this.#sql('SELECT * FROM jobs WHERE id = ?').get(id) as JobRow | undefined;
    return row === undefined ? undefined : jobFromRow(row);
  }

  #known(id: string): Job {
    const job = this.#find(id);
    if (job === undefined) throw new Error(`the job ${id} is not in the database`);
    return job;
  }
}

/** Written by this file alone: kinds, states and JSON are what the types say. */
function jobFromRow(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind as JobKind,
    params: JSON.parse(row.params) as JobJson,
    state: row.state as JobState,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    attempts: row.attempts,
    cancelRequested: row.cancel_requested === 1,
    step: row.step,
    done: row.done,
    total: row.total,
    rate: row.rate,
    cursor: row.cursor === null ? null : (JSON.parse(row.cursor) as JobJson),
    report: row.report === null ? null : (JSON.parse(row.report) as JobJson),
    error: row.error,
    rejected: row.rejected,
  };
}

function jsonOrNull(value: JobJson | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function now(): string {
  return new Date().toISOString();
}
