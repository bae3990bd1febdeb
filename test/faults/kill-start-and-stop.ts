import { setTimeout as sleep } from 'node:timers/promises';
import { randomInt } from '#dist/bench/lib/random.js';
import { type Fault, must } from './fault.ts';
import { killOften } from './rig/kill-often.ts';
import { startLoad } from './rig/live-load.ts';
import { reach } from './rig/moment.ts';

const WAYS = [
  { name: 'its stop', spanMs: 250 },
  { name: 'its start', spanMs: 1_500 },
] as const;

export const killStartAndStop: Fault = {
  name: 'kill-start-and-stop',
  what: 'kill -9 while a service starts or shuts down, aimed at the writing of its generation too: nothing is lost',
  times: { short: 1, full: 70 },
  limitS: { short: 120, full: 5_400 },
  async run(trial) {
    const { rig, random } = trial;
    const { processes } = rig;
    await killOften(trial, WAYS, async (world, { name }, moment) => {
      const first = await processes.serve(world);
      const load = startLoad(first.url, world);
      await sleep(200 + randomInt(random, 300));
      const stopped = load.stop();
      let hit: boolean;
      if (name === 'its start') {
        await first.kill();
        const second = processes.start(['serve'], world);
        await reach(second, world.dataDir, moment);
        hit = await second.kill();
      } else {
        await stopped;
        const reached = reach(first, world.dataDir, moment);
        process.kill(first.pid, 'SIGTERM');
        await reached;
        hit = await first.kill();
      }
      const { faults } = await stopped;
      must(faults.length === 0, () => `it failed before it was killed: ${faults.join('; ')}`);
      const before = world.settle();
      const last = await processes.serve(world);
      await world.verifyStored(before);
      await world.verifyServed(last);
      await last.kill();
      return hit;
    });
  },
};
