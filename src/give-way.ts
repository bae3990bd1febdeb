/** Who works for the event loop gives way to it: it takes in, turns away and answers while they compute. */
import { constants, getPriority, setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

const BEHIND = constants.priority.PRIORITY_BELOW_NORMAL;

/** For the thread or process that calls it. One that is further back already, a job's, stays there. */
export function giveWay(): void {
  // On Linux a thread has a priority of its own; elsewhere it would be that of the whole process, event loop and all.
  if (!isMainThread && process.platform !== 'linux') return;
  if (getPriority() < BEHIND) setPriority(BEHIND);
}
