/** What a fault is, and how it is counted. */
import type { Random } from '#dist/bench/lib/random.js';
import type { Rig } from './rig/rig.ts';

export interface Fault {
  /** As it is named on the command line. */
  name: string;
  /** One line: what happens, and what must hold. */
  what: string;
  /** How often it is tried. */
  times: Amount;
  /** Seconds that it may take. */
  limitS: Amount;
  run(trial: Trial): Promise<void>;
}

export interface Amount {
  short: number;
  full: number;
}

export interface Trial {
  readonly rig: Rig;
  readonly random: Random;
  /** Tries wanted. */
  readonly times: number;
  /** True while tries are left, and time for them, and not too many were lost. */
  more(): boolean;
  /**
   * One try, not counted where the work gives `missed`: what was to be killed had ended before. Whatever the work throws is a loss, that the
   * service did not start again too.
   * @returns false when it was lost.
   */
  attempt(label: string, work: () => Promise<unknown>): Promise<boolean>;
  /** Says why nothing can be tried here; counts as a loss where nothing may be skipped. */
  skip(why: string): void;
}

export interface Outcome {
  tried: number;
  lost: number;
  skipped: string | null;
  /** True when time ran out, or too much was lost, before every try was made. */
  cut: boolean;
}

/** After so many losses the rest would only repeat them. */
const MOST_LOST = 5;

export async function tryFault(
  fault: Fault,
  {
    rig,
    random,
    times,
    full,
    strict,
    say,
  }: Pick<Trial, 'rig' | 'random' | 'times'> & { full: boolean; strict: boolean; say: (line: string) => void },
): Promise<Outcome> {
  const outcome: Outcome = { tried: 0, lost: 0, skipped: null, cut: false };
  const deadline = performance.now() + 1_000 * (full ? fault.limitS.full : fault.limitS.short);
  const lose = (label: string, error: unknown) => {
    outcome.lost++;
    say(`LOST ${fault.name}, ${label}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  try {
    await fault.run({
      rig,
      random,
      times,
      more: () => outcome.tried < times && outcome.lost < MOST_LOST && performance.now() < deadline,
      async attempt(label, work) {
        outcome.tried++;
        try {
          if ((await work()) === 'missed') outcome.tried--;
          return true;
        } catch (error) {
          lose(label, error);
          await rig.processes.killAll();
          return false;
        }
      },
      skip(why) {
        outcome.skipped = why;
        say(`SKIPPED ${fault.name}: ${why}`);
        if (strict) lose('skipped', 'nothing may be skipped where CI is set');
      },
    });
  } catch (error) {
    lose('preparing it', error);
  }
  outcome.cut = outcome.skipped === null && outcome.tried < times;
  return outcome;
}

/** @throws Error when what must hold does not. */
export function must(holds: boolean, otherwise: () => string): asserts holds {
  if (!holds) throw new Error(otherwise());
}
