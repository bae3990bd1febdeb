import { setTimeout as sleep } from 'node:timers/promises';
import { randomInt } from '#dist/bench/lib/random.js';
import { type Fault, must } from './fault.ts';
import { startLoad } from './rig/live-load.ts';
import type { Service } from './rig/processes.ts';
import { createWorld } from './rig/world.ts';

const LOAD_MS = 1_200;

export const killServe: Fault = {
  name: 'kill-serve',
  what: 'kill -9 of a service under live writes: all that was acknowledged is there after the next start',
  times: { short: 3, full: 220 },
  limitS: { short: 120, full: 7_200 },
  async run({ rig, random, more, attempt }) {
    let world = await createWorld(rig, random);
    let service: Service | undefined;
    while (more()) {
      const ms = 50 + randomInt(random, LOAD_MS);
      const survived = await attempt(`killed after ${ms} ms of writes`, async () => {
        service ??= await rig.processes.serve(world);
        const load = startLoad(service.url, world);
        await sleep(ms);
        const { alive } = service;
        // Requests that break from here on are under way.
        const stopped = load.stop();
        await service.kill();
        const { faults } = await stopped;
        must(alive && faults.length === 0, () => `it failed before it was killed: ${faults.join('; ')}`);
        const before = world.settle();
        service = await rig.processes.serve(world);
        await world.verifyStored(before);
        await world.verifyServed(service);
      });
      if (!survived) {
        world = await createWorld(rig, random);
        service = undefined;
      }
    }
  },
};
