/** Kills again and again in one data folder, at moments drawn for each way by turns. */
import { must, type Trial } from '../fault.ts';
import { drawMoment, type Moment, STEPS, type Step } from './moment.ts';
import { createWorld, type World } from './world.ts';

export interface Way {
  name: string;
  /** About how long what is killed takes undisturbed. */
  spanMs: number;
  /** Those that it has; all where left out. */
  steps?: readonly Step[];
}

/** The folder is begun anew above it, so that the last kill costs what the first did. */
const MOST_PAPERS = 300;
/** What was missed is tried again, within reason. */
const MOST_TRIES = 4;

/** @param killOnce false when what was to be killed had ended before. */
export async function killOften<W extends Way>(
  { rig, random, times, more, attempt }: Trial,
  ways: readonly W[],
  killOnce: (world: World, way: W, moment: Moment) => Promise<boolean>,
): Promise<void> {
  let world = await createWorld(rig, random);
  for (let i = 0; more() && i < MOST_TRIES * times; i++) {
    const way = ways[i % ways.length];
    must(way !== undefined, () => 'there is nothing to kill');
    const { name, spanMs, steps = STEPS } = way;
    const step = steps[(1 + Math.floor(i / ways.length)) % steps.length] ?? 'any';
    const moment = drawMoment(random, step, spanMs);
    const survived = await attempt(`${name}, ${moment.ms} ms into ${step}`, async () =>
      (await killOnce(world, way, moment)) ? undefined : 'missed',
    );
    if (!survived || world.ledger.present().length > MOST_PAPERS) world = await createWorld(rig, random);
  }
}
