import { setTimeout as sleep } from 'node:timers/promises';
import { randomInt } from '#dist/bench/lib/random.js';
import { type Fault, must } from './fault.ts';
import { connect } from './rig/client.ts';
import { askAndWrite } from './rig/mixed-load.ts';
import { embeddersOf } from './rig/processes.ts';
import { until } from './rig/until.ts';
import { createWorld } from './rig/world.ts';

const KILLS_A_TRY = 3;

export const embedKilled: Fault = {
  name: 'embed-killed',
  what: 'kill -9 of the embedding process under load: callers get their answer or are told to come again, all is embedded in the end',
  times: { short: 1, full: 20 },
  limitS: { short: 120, full: 1_800 },
  async run({ rig, random, more, attempt }) {
    const world = await createWorld(rig, random);
    while (more()) {
      await attempt(`${KILLS_A_TRY} kills`, async () => {
        const service = await rig.processes.serve(world);
        const load = askAndWrite(service.url, world);
        for (let i = 0; i < KILLS_A_TRY; i++) {
          await sleep(randomInt(random, 1_000));
          for (const pid of await embeddersOf(service.pid)) process.kill(pid, 'SIGKILL');
        }
        const { answered, faults } = await load.stop();
        must(faults.length === 0 && service.alive, () => `wrongly answered: ${faults.join('; ')}`);
        const client = connect(service.url);
        await until('all is embedded', async () => (await client.info()).pending === 0);
        must(answered > 0, () => 'nothing was answered 200');
        world.settle();
        await world.verifyServed(service);
        await service.kill();
      });
    }
  },
};
