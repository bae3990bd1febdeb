/** The service's side of a process for one job. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import type { JobProcess } from './jobs/job-runner.ts';
import type { Job } from './papers/job-store.ts';
import { giveWayToAll } from './priority.ts';

/** What the process is told when it has started. */
export interface JobAssignment {
  config: Config;
  jobId: string;
}

const ENTRY = fileURLToPath(new URL('./job-process.js', import.meta.url));

/** The caller holds the data folder's writer lock. */
export function startJobProcess(config: Config, { id }: Job): JobProcess {
  const child = fork(ENTRY, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  // Queries go before batches.
  if (child.pid !== undefined) giveWayToAll(child.pid);
  child.send({ config, jobId: id } satisfies JobAssignment);
  return { ended: once(child, 'exit').then(() => undefined), stop: () => child.kill('SIGTERM') };
}
