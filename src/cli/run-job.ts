/** Runs a job for a command: here, or where a service has the data folder, which runs it and is watched. */
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { createJobTools, openJobHost } from '../job-host.ts';
import { executeJob } from '../jobs/execute-job.ts';
import type { JobTools } from '../jobs/job-tools.ts';
import { hasEnded, requireJob } from '../jobs/known-job.ts';
import type { Job, JobJson, JobKind, JobStore } from '../papers/job-store.ts';
import { writerOf } from '../papers/writer-lock.ts';
import { openQueue } from '../services.ts';
import { interruptible, jobProgress } from './progress.ts';
import { withServices } from './with-services.ts';

export interface JobRequest {
  kind: JobKind;
  params: JobJson;
  /** Brings what it stores into the index as it goes and publishes it at the end. */
  indexes: boolean;
}

const LOOK_EVERY_MS = 300;
/** A service that is started again takes its jobs up in less. */
const WITHOUT_SERVICE_MS = 10_000;
const RECENT_JOBS = 50;
/** Refused rows told one by one; the rest are only counted. */
const MAX_SHOWN = 100;

/**
 * @returns the job as it has ended, succeeded or canceled.
 * @throws AppError `job_failed` with the reason, `data_folder_in_use` when another command is writing.
 */
export async function runJob(config: Config, request: JobRequest): Promise<Job> {
  await mkdir(config.dataDir, { recursive: true });
  const progress = jobProgress();
  const job = await interruptible((signal) =>
    writerOf(config.dataDir)?.role === 'service'
      ? follow(config, request, signal, progress.update)
      : runHere(config, request, signal, progress.update),
  ).finally(progress.stop);
  if (job.state === 'failed') throw new AppError('job_failed', `${job.id}: ${job.error}`);
  return job;
}

type OnProgress = (progress: { step: string; done: number; total: number | null }) => void;

async function runHere(
  config: Config,
  { kind, params, indexes }: JobRequest,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Job> {
  async function run(jobs: JobStore, tools: JobTools): Promise<Job> {
    await jobs.recoverJobs();
    const { id } = (await takeUp(jobs, kind, params)) ?? (await jobs.addJob(kind, params));
    const job = await jobs.claimJobById(id);
    if (job === undefined) throw new AppError('job_not_found', `the job ${id} was taken by another process`);
    const { job: ended, error } = await executeJob(job, { tools, jobs, signal, onProgress });
    await showRejects(jobs, ended);
    if (signal.aborted) await jobs.cancelJob(ended.id);
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    return ended;
  }
  if (!indexes) {
    const host = await openJobHost(config);
    return await run(host.jobs, host.tools).finally(host.close);
  }
  return withServices(config, { access: 'command' }, async ({ store, jobs, embedder, index, indexer }) => {
    const ended = await run(jobs, createJobTools(config, { store, embedder, catchUp: indexer.catchUp }));
    await indexer.catchUp();
    await index.keepAll();
    await indexer.publish();
    return ended;
  });
}

/** The same job of a command that died, which goes on where that one stopped, as it would in a service; more of it are canceled. */
async function takeUp(jobs: JobStore, kind: JobKind, params: JobJson): Promise<Job | undefined> {
  const asked = JSON.stringify(params);
  const [last, ...others] = (await jobs.jobs({ limit: RECENT_JOBS })).filter(
    (job) => job.state === 'enqueued' && job.kind === kind && JSON.stringify(job.params) === asked,
  );
  for (const { id } of others) await jobs.cancelJob(id);
  return last;
}

async function follow(config: Config, { kind, params }: JobRequest, signal: AbortSignal, onProgress: OnProgress): Promise<Job> {
  const { jobs, close } = await openQueue(config);
  try {
    const { id } = await jobs.addJob(kind, params);
    process.stderr.write(`paperkin: the running service works on it as ${id}\n`);
    let seen = Date.now();
    for (;;) {
      const job = await requireJob(jobs, id);
      if (hasEnded(job)) {
        await showRejects(jobs, job);
        return job;
      }
      if (job.step !== '') onProgress(job);
      if (signal.aborted) await jobs.cancelJob(id);
      if (writerOf(config.dataDir)?.role === 'service') seen = Date.now();
      else if (signal.aborted || Date.now() - seen > WITHOUT_SERVICE_MS) {
        throw new AppError('job_failed', `${id}: the service that worked on it has ended; run the command again and it goes on`);
      }
      await delay(LOOK_EVERY_MS);
    }
  } finally {
    await close();
  }
}

async function showRejects(jobs: JobStore, { id }: Job): Promise<void> {
  for (const { file, line, message } of await jobs.rejects(id, { limit: MAX_SHOWN, after: 0 })) {
    process.stderr.write(`${file}:${line}: ${message}\n`);
  }
}
