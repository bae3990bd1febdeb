/** Who goes first where there is more work than cores: the event loop, then what computes for its answers, then jobs. */
import { constants, getPriority, setPriority } from 'node:os';

const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;

/** For the worker thread that calls it, which computes for an event loop elsewhere. One of a job stays where that is. */
export function giveWayToEventLoop(): void {
  // On Linux a thread has a priority of its own; elsewhere it would be that of the whole process, event loop and all.
  if (process.platform === 'linux') lower(0, PRIORITY_BELOW_NORMAL);
}

/** For a process that has just been started and computes for this one: loading its modules is work that others wait behind too. */
export function giveWayToParent(pid: number): void {
  lower(pid, PRIORITY_BELOW_NORMAL);
}

/** For a process that has just been started; those that it starts inherit it. */
export function giveWayToAll(pid: number): void {
  lower(pid, PRIORITY_LOW);
}

/** A sandbox may forbid it: then the work is done all the same. */
function lower(pid: number, priority: number): void {
  try {
    if (getPriority(pid) < priority) setPriority(pid, priority);
  } catch (error) {
    process.emitWarning(`a priority cannot be lowered here, answers are slower while much is computed: ${String(error)}`);
  }
}
