/** Batch jobs as rows: what is asked for, how far it is, and what it refused. They outlive every process. */

export const JOB_KINDS = ['import', 'reindex', 'migrate', 'compact', 'evaluate'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATES = ['enqueued', 'processing', 'succeeded', 'failed', 'canceled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** JSON, known to the job's kind alone. */
export type JobJson = Record<string, unknown>;

export interface JobProgress {
  /** What is being done, in a word or two. */
  step: string;
  /** Pieces of this step that are done, and all there are where that is known. */
  done: number;
  total: number | null;
  /** Pieces a second since the step began in this process. */
  rate: number | null;
}

export interface Job extends JobProgress {
  id: string;
  kind: JobKind;
  params: JobJson;
  state: JobState;
  /** ISO 8601, as all times here. */
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Processes that have worked on it. */
  attempts: number;
  cancelRequested: boolean;
  /** Where the next process goes on; null at the beginning. */
  cursor: JobJson | null;
  /** What came out; null until it has ended. */
  report: JobJson | null;
  /** Why it failed; null when it has not. */
  error: string | null;
  /** Rows it refused; `rejects` lists them. */
  rejected: number;
}

/** A row that a job refused: where it stands, and why. */
export interface JobReject {
  file: string;
  line: number;
  message: string;
}

export interface JobStore {
  addJob(kind: JobKind, params: JobJson): Promise<Job>;
  job(id: string): Promise<Job | undefined>;
  /** Newest first. */
  jobs(options: { limit: number }): Promise<Job[]>;
  countJobs(): Promise<Record<JobState, number>>;
  /** Takes the oldest job that waits; it is `processing` from here on. */
  claimJob(): Promise<Job | undefined>;
  /** Takes this one, if it waits. */
  claimJobById(id: string): Promise<Job | undefined>;
  /** Puts back what a process that has died left `processing`. Only the holder of the writer lock may call it. */
  recoverJobs(): Promise<number>;
  /** Keeps how far it is, and where it would go on. True when it has been asked to stop. */
  noteProgress(id: string, progress: JobProgress, cursor: JobJson | null): Promise<boolean>;
  addRejects(id: string, rejects: readonly JobReject[]): Promise<void>;
  /** In the order in which they were refused. */
  rejects(id: string, options: { limit: number; after: number }): Promise<JobReject[]>;
  /** Ends a job; `enqueued` puts it back, to be tried again. */
  endJob(id: string, end: { state: Exclude<JobState, 'processing'>; report?: JobJson; error?: string }): Promise<void>;
  /** Ends one that waits, asks one under way to stop; one that has ended stays as it is. Undefined for an unknown one. */
  cancelJob(id: string): Promise<Job | undefined>;
  /** Lets one that failed or was canceled go on where it was; any other stays as it is. Undefined for an unknown one. */
  retryJob(id: string): Promise<Job | undefined>;
}
