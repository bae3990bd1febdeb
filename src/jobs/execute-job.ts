/** Runs one job that has been claimed to its end, whichever that is, and writes down what came of it. */
import { messageOf } from '../errors.ts';
import type { Job, JobJson, JobStore } from '../papers/job-store.ts';
import { runCompact } from './compact-job.ts';
import { runEvaluate } from './evaluate-job.ts';
import { runImport } from './import-job.ts';
import { jobParams } from './job-params.ts';
import type { JobRun, JobTools } from './job-tools.ts';
import { requireJob } from './known-job.ts';
import { runMigrate } from './migrate-job.ts';
import { runReindex } from './reindex-job.ts';

export interface ExecuteOptions {
  tools: JobTools;
  jobs: JobStore;
  /** The process has to end: the job waits for another one, which goes on where this one stopped. */
  signal: AbortSignal;
  onProgress?: ((progress: { step: string; done: number; total: number | null }) => void) | undefined;
}

/** How often progress is written down. */
const NOTE_EVERY_MS = 250;

class CanceledByUser extends Error {}

export interface Executed {
  /** As it has ended, or `enqueued` again when the signal has fired. */
  job: Job;
  /** What a failed one failed with. */
  error?: unknown;
}

export async function executeJob(job: Job, { tools, jobs, signal, onProgress }: ExecuteOptions): Promise<Executed> {
  const canceling = new AbortController();
  const stopped = AbortSignal.any([signal, canceling.signal]);
  let step = '';
  let stepBegan = { at: 0, done: 0 };
  let noted = 0;
  let fault: { error?: unknown } = {};
  let cursor = job.cursor;

  const context = {
    ...tools,
    cursor,
    signal: stopped,
    async note(progress: { step: string; done: number; total?: number | null }, next?: JobJson | null) {
      const now = performance.now();
      if (progress.step !== step) stepBegan = { at: now, done: progress.done };
      const { total = null, done } = progress;
      const seconds = (now - stepBegan.at) / 1_000;
      const rate = seconds < 1 ? null : Number(((done - stepBegan.done) / seconds).toFixed(1));
      cursor = next ?? cursor;
      onProgress?.({ step: progress.step, done, total });
      // A cursor is kept at once: it is what a crash would lose.
      if (next !== undefined || progress.step !== step || now - noted >= NOTE_EVERY_MS || done === total) {
        noted = now;
        if (await jobs.noteProgress(job.id, { step: progress.step, done, total, rate }, cursor)) {
          canceling.abort(new CanceledByUser('canceled'));
        }
      }
      step = progress.step;
      stopped.throwIfAborted();
    },
    refuse: (rejects: Parameters<JobRun<unknown>['refuse']>[0]) => jobs.addRejects(job.id, rejects),
  };

  try {
    const report = await runKind(job, context);
    await jobs.endJob(job.id, { state: 'succeeded', report });
  } catch (error) {
    if (canceling.signal.aborted) await jobs.endJob(job.id, { state: 'canceled' });
    else if (signal.aborted) await jobs.endJob(job.id, { state: 'enqueued' });
    else {
      fault = { error };
      await jobs.endJob(job.id, { state: 'failed', error: messageOf(error) });
    }
  }
  return { job: await requireJob(jobs, job.id), ...fault };
}

async function runKind({ kind, params }: Job, context: Omit<JobRun<unknown>, 'params'>): Promise<JobJson> {
  switch (kind) {
    case 'import':
      return { ...(await runImport({ ...context, params: jobParams.import.parse(params) })) };
    case 'reindex':
      return { ...(await runReindex({ ...context, params: jobParams.reindex.parse(params) })) };
    case 'migrate':
      return { ...(await runMigrate({ ...context, params: jobParams.migrate.parse(params) })) };
    case 'compact':
      return { ...(await runCompact({ ...context, params: jobParams.compact.parse(params) })) };
    case 'evaluate':
      return { ...(await runEvaluate({ ...context, params: jobParams.evaluate.parse(params) })) };
  }
}
