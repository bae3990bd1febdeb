/** Progress on stderr: a bar on a terminal; elsewhere a line now and then, or nothing. */
import { Presets, SingleBar } from 'cli-progress';

/** Between two lines where stderr is not a terminal. */
const LINE_EVERY_MS = 10_000;
/** What a terminal, and what a supervisor, ends a command with. */
const STOPPING = ['SIGINT', 'SIGTERM'] as const;

export interface Progress<T> {
  update(value: T): void;
  /** Ends the line; safe to call when nothing was shown. */
  stop(): void;
}

/** A bar for each step of a job, one after the other; a step of unknown length only counts. */
export function jobProgress(): Progress<{ step: string; done: number; total: number | null }> {
  let bar: SingleBar | undefined;
  let current = '';
  let rate = rateMeter();
  let first = 0;
  return {
    update({ step, done, total }) {
      if (step !== current) {
        bar?.stop();
        const length = total === null ? '{value}' : '{bar} {percentage}% | {value} of {total}';
        bar = createBar(`${step.padEnd(10)} ${length} | {rate}/s${total === null ? '' : ' | {eta_formatted} left'}`);
        bar.start(total ?? 0, done, { rate: '0' });
        current = step;
        rate = rateMeter();
        first = done;
      }
      bar?.update(done, { rate: rate(done - first) });
    },
    stop: () => bar?.stop(),
  };
}

export function fetchingProgress(): Progress<{ doneBytes: number; totalBytes: number }> {
  const bar = createBar('fetching  {bar} {percentage}% | {done} of {all} MB | {rate} MB/s | {eta_formatted} left', {
    elsewhere: false,
  });
  const rate = rateMeter();
  let first: number | undefined;
  return {
    update({ doneBytes, totalBytes }) {
      const payload = { done: megabytes(doneBytes), all: megabytes(totalBytes), rate: rate((doneBytes - (first ?? 0)) / 1e6) };
      // What an earlier pull fetched is no part of this one's rate.
      if (first === undefined) bar.start(totalBytes, doneBytes, { ...payload, rate: '0' });
      first ??= doneBytes;
      bar.update(doneBytes, payload);
    },
    stop: () => bar.stop(),
  };
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/**
 * Runs work that Ctrl-C or SIGTERM stops between two steps; a second one ends the process.
 * @param outcome what has become of the work then, said to the user.
 * @throws what the work throws, or why it was stopped.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  outcome = 'what was done is kept: run it again to go on',
): Promise<T> {
  const controller = new AbortController();
  const reason = new Error(`interrupted; ${outcome}`);
  const interrupt = () => {
    letGo();
    controller.abort(reason);
  };
  const letGo = () => {
    for (const signal of STOPPING) process.off(signal, interrupt);
  };
  for (const signal of STOPPING) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? reason : error;
  } finally {
    letGo();
  }
}

function createBar(format: string, { elsewhere = true } = {}): SingleBar {
  return new SingleBar(
    { format, stream: process.stderr, noTTYOutput: elsewhere, notTTYSchedule: LINE_EVERY_MS, etaBuffer: 50 },
    Presets.shades_classic,
  );
}

/** Things a second since the meter was made, as text. */
function rateMeter(): (count: number) => string {
  const start = performance.now();
  return (count) => ((count / (performance.now() - start)) * 1_000).toFixed(count < 1_000 ? 1 : 0);
}
