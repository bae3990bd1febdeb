import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomInt } from '#dist/bench/lib/random.js';
import { type Fault, must } from './fault.ts';
import { fill } from './rig/fill.ts';
import { generationsOf } from './rig/space.ts';
import { createWorld } from './rig/world.ts';

const SHIFT_CLOCK = new URL('./rig/shift-clock.js', import.meta.url).href;
const DAY_MS = 86_400_000;

export const clockBack: Fault = {
  name: 'clock-back',
  what: 'the clock is set back, by up to a year: a later generation is still the later one, and none is left behind',
  times: { short: 2, full: 20 },
  limitS: { short: 120, full: 720 },
  async run({ rig, random, more, attempt }) {
    const world = await createWorld(rig, random);
    const root = generationsOf(world.dataDir);
    await fill(rig, world, 20);
    for (let i = 0; more(); i++) {
      const days = 1 + randomInt(random, 365);
      await attempt(`${days} days`, async () => {
        const env = { NODE_OPTIONS: `--import ${SHIFT_CLOCK}`, CLOCK_SHIFT_MS: String(-days * DAY_MS) };
        const before = world.settle();
        await fill(rig, world, 3, env);
        await world.verifyStored(before);
        // Without a pointer the newest by name is opened: it must be the one that was just made.
        if (i % 2 === 1) {
          await rm(join(root, 'current.json'));
          await world.verifyStored(before);
        }
        const left = await readdir(root);
        must(left.filter((name) => /^\d{8}T/.test(name)).length <= 2, () => `left behind: ${left.join(', ')}`);
      });
    }
  },
};
