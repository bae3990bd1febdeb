/** The process in which a service works on a job, found and killed from outside. */
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenRunning, descendantsOf, endOrphans, isGone, type Service } from './processes.ts';
import { until } from './until.ts';

const LOOK_EVERY_MS = 20;

export interface JobProcess {
  readonly alive: boolean;
  /** Resolves when it is gone. */
  ended: Promise<void>;
  /** Stops it where it is, for what it has done to be read before another one comes; false when it had ended. */
  stop(): boolean;
  /** Resolves when it and its embedding processes are gone; true when it was alive until then. */
  kill(): Promise<boolean>;
}

/** Waits for the one that `service` has next or has now. */
export async function jobProcessOf(service: Service): Promise<JobProcess> {
  let pid = -1;
  await until('a job has a process', async () => {
    pid = (await childrenRunning(service.pid, 'job-process'))[0] ?? -1;
    return pid !== -1;
  });
  let alive = true;
  return {
    get alive() {
      return alive;
    },
    ended: gone(pid).then(() => {
      alive = false;
    }),
    stop: () => signal(pid, 'SIGSTOP'),
    async kill() {
      const embedders = await descendantsOf(pid);
      const hit = signal(pid, 'SIGKILL');
      await endOrphans([pid, ...embedders]);
      return hit;
    },
  };
}

/** @returns false when there is no such process any more. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function gone(pid: number): Promise<void> {
  while (!(await isGone(pid))) await sleep(LOOK_EVERY_MS);
}
