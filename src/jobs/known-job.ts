import { AppError } from '../errors.ts';
import type { Job, JobStore } from '../papers/job-store.ts';

/** @throws AppError `job_not_found` where a store had none. */
export function knownJob(job: Job | undefined, id: string): Job {
  if (job === undefined) throw new AppError('job_not_found', `no job has the id "${id}"`);
  return job;
}

/** @throws AppError `job_not_found`. */
export async function requireJob(jobs: JobStore, id: string): Promise<Job> {
  return knownJob(await jobs.job(id), id);
}

export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'enqueued' && state !== 'processing';
}
