/** Runs the jobs of a data folder one at a time, each in a process of its own, for as long as the service runs. */
import { messageOf } from '../errors.ts';
import type { Job, JobStore } from '../papers/job-store.ts';

export interface JobProcess {
  /** Resolves when it has ended; rejects when it could not be started. */
  readonly ended: Promise<void>;
  /** Asks it to stop between two batches and to put its job back. */
  stop(): void;
}

export interface JobRunnerParts {
  jobs: JobStore;
  /** Starts a process for a job that has been claimed. */
  start(job: Job): JobProcess;
  /** Called when a job has ended or was put back. */
  onEnd(job: Job): Promise<void>;
  onError(error: unknown): void;
}

export interface JobRunner {
  /** A job may have come. */
  wake(): void;
  /** Resolves when no process is left; its job waits for the next start. */
  close(): Promise<void>;
}

/** How often jobs that another process has added are looked for. */
const LOOK_EVERY_MS = 500;
/** Processes that may die over the same piece of a job before it counts as failed. */
const ATTEMPTS = 3;

export async function createJobRunner({ jobs, start, onEnd, onError }: JobRunnerParts): Promise<JobRunner> {
  await jobs.recoverJobs();
  let closed = false;
  let running: JobProcess | undefined;
  let loop: Promise<void> | undefined;

  async function runOne(job: Job): Promise<void> {
    running = start(job);
    if (closed) running.stop();
    // One that could not be started is one that died: its job is put back below.
    await running.ended.catch(onError);
    running = undefined;
    const left = await jobs.job(job.id);
    if (left?.state === 'processing') {
      const error = `its process died ${left.attempts} times at the same place (${left.step} ${left.done})`;
      await jobs.endJob(job.id, left.attempts < ATTEMPTS ? { state: 'enqueued' } : { state: 'failed', error });
    }
    const ended = await jobs.job(job.id);
    if (ended !== undefined) await onEnd(ended);
  }

  async function runAll(): Promise<void> {
    while (!closed) {
      const job = await jobs.claimJob();
      if (job === undefined) return;
      await runOne(job);
    }
  }

  function wake(): void {
    if (closed) return;
    loop ??= runAll()
      .catch((error: unknown) => onError(new Error(`the jobs cannot be run: ${messageOf(error)}`, { cause: error })))
      .finally(() => {
        loop = undefined;
      });
  }

  const timer = setInterval(wake, LOOK_EVERY_MS);
  wake();
  return {
    wake,
    async close() {
      closed = true;
      clearInterval(timer);
      running?.stop();
      await loop;
    },
  };
}
