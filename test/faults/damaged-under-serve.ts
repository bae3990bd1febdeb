import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, must } from './fault.ts';
import { connect } from './rig/client.ts';
import { cut, flip } from './rig/damaged-generations.ts';
import { fill } from './rig/fill.ts';
import { generationsOf } from './rig/space.ts';
import { until } from './rig/until.ts';
import { createWorld } from './rig/world.ts';

const FILES = ['graph.hnsw', 'ids.json', 'rows.i8', 'manifest.json', 'manifest.sha256'];
const PLACES = 16;

export const damagedUnderServe: Fault = {
  name: 'damaged-under-serve',
  what: 'a service started over a damaged index: right answers, the reason on /readyz and /v1/info, whole again by itself',
  times: { short: 1, full: 15 },
  limitS: { short: 120, full: 1_800 },
  async run({ rig, random, more, attempt }) {
    const world = await createWorld(rig, random);
    await fill(rig, world, 30);
    await fill(rig, world, 10);
    const root = generationsOf(world.dataDir);
    for (let i = 0; more(); i++) {
      const name = FILES[i % FILES.length] ?? '';
      // Every second time no generation is left to fall back to.
      const all = i % 2 === 0;
      await attempt(`${name} of ${all ? 'every generation' : 'the current generation'}`, async () => {
        const before = world.settle();
        const ids = (await readdir(root)).filter((id) => /^\d{8}T/.test(id)).sort();
        const damage = i % 3 === 0 ? cut : flip;
        for (const id of all ? ids : ids.slice(-1)) {
          const file = join(root, id, name);
          await writeFile(file, damage(await readFile(file), { n: i % PLACES, of: PLACES, random }));
        }
        const service = await rig.processes.serve(world);
        const client = connect(service.url);
        const { status, degraded } = await client.ready();
        must(status === 'degraded' && degraded?.includes(`${ids.at(-1)}/`) === true, () => `/readyz says ${status}: ${degraded}`);
        await world.verifyServed(service, { degraded });
        await until('it is whole again', async () => (await client.ready()).degraded === null);
        await world.verifyServed(service);
        await world.verifyStored(before);
        await service.kill();
        const again = await rig.processes.serve(world);
        await world.verifyServed(again);
        await again.kill();
      });
    }
  },
};
