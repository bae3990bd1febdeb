import { setTimeout as sleep } from 'node:timers/promises';
import { randomInt } from '#dist/bench/lib/random.js';
import { type Fault, must } from './fault.ts';
import { startLoad } from './rig/live-load.ts';
import { drawMoment, reach, STEPS } from './rig/moment.ts';
import { createWorld } from './rig/world.ts';

/** About what they take. */
const SPAN_MS = { start: 1_500, stop: 250 };

export const killStartAndStop: Fault = {
  name: 'kill-start-and-stop',
  what: 'kill -9 while a service starts or shuts down, aimed at the writing of its generation too: nothing is lost',
  times: { short: 1, full: 80 },
  limitS: { short: 120, full: 5_400 },
  async run({ rig, random, times, more, attempt }) {
    const { processes } = rig;
    let world = await createWorld(rig, random);
    for (let i = 0; more() && i < 4 * times; i++) {
      const phase = i % 2 === 0 ? 'stop' : 'start';
      const moment = drawMoment(random, STEPS[(i + 1) % STEPS.length] ?? 'any', SPAN_MS[phase]);
      const survived = await attempt(`${moment.ms} ms into ${moment.step} of its ${phase}`, async () => {
        const first = await processes.serve(world);
        const load = startLoad(first.url, world);
        await sleep(200 + randomInt(random, 300));
        const stopped = load.stop();
        let killed: boolean;
        if (phase === 'start') {
          await first.kill();
          const second = processes.start(['serve'], world);
          await reach(second, world.dataDir, moment);
          killed = await second.kill();
        } else {
          await stopped;
          const reached = reach(first, world.dataDir, moment);
          process.kill(first.pid, 'SIGTERM');
          await reached;
          killed = await first.kill();
        }
        const { faults } = await stopped;
        must(faults.length === 0, () => `it failed before it was killed: ${faults.join('; ')}`);
        const before = world.settle();
        const last = await processes.serve(world);
        await world.verifyStored(before);
        await world.verifyServed(last);
        await last.kill();
        return killed ? undefined : 'missed';
      });
      if (!survived) world = await createWorld(rig, random);
    }
  },
};
