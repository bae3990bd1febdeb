/** The moment of a kill: at random, or aimed at the short steps in which a generation comes to be. */
import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, randomInt } from '#dist/bench/lib/random.js';
import { generationsOf } from './space.ts';

export const STEPS = ['any', 'building', 'switching'] as const;
/** `building`: a generation is being written; `switching`: it is put in place and the pointer is written. */
export type Step = (typeof STEPS)[number];

export interface Moment {
  step: Step;
  /** Milliseconds after the step began; after the start for `any`. */
  ms: number;
}

/** Building a small generation takes some tens of milliseconds, switching to it a few. */
const SPAN_MS = { building: 60, switching: 8 };

/** @param spanMs how long the whole of it takes undisturbed. */
export function drawMoment(random: Random, step: Step, spanMs: number): Moment {
  return { step, ms: randomInt(random, step === 'any' ? spanMs : SPAN_MS[step]) };
}

/** Resolves at the moment, or when `running` ended before it came. */
export async function reach(running: { ended: Promise<unknown> }, dataDir: string, { step, ms }: Moment): Promise<void> {
  const over = new AbortController();
  const ended = running.ended.then(() => over.abort());
  try {
    if (step !== 'any') await Promise.race([ended, begins(dataDir, step, over.signal)]);
    await Promise.race([ended, sleep(ms)]);
  } finally {
    over.abort();
  }
}

async function begins(dataDir: string, step: Step, signal: AbortSignal): Promise<void> {
  const root = generationsOf(dataDir);
  await mkdir(root, { recursive: true });
  await new Promise<void>((resolve) => {
    const watcher = watch(root, { signal }, (_event, name) => {
      if (step === 'building' ? name?.startsWith('.building-') : /^\d{8}T|\.tmp$/.test(name ?? '')) {
        watcher.close();
        resolve();
      }
    });
    // Aborted: the process ended before.
    watcher.on('close', resolve);
  });
}
