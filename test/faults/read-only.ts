import { type Fault, must } from './fault.ts';
import { connect, describeReply, isComeAgain } from './rig/client.ts';
import { fill } from './rig/fill.ts';
import type { Rig } from './rig/rig.ts';
import { createWorld, type World } from './rig/world.ts';

const DISK_BYTES = 24 << 20;

export const readOnly: Fault = {
  name: 'read-only',
  what: 'a data folder that cannot be written: reads go on, writes get a clear error, all well after a restart when it can be again',
  times: { short: 1, full: 4 },
  limitS: { short: 45, full: 240 },
  async run({ rig, random, more, attempt, skip }) {
    const why = await rig.mounts.unavailable(await rig.folder('probe'));
    if (why !== null) return skip(why);
    const disk = await rig.folder('disk');
    await rig.mounts.mount(disk, DISK_BYTES);
    const world = await createWorld(rig, random, disk);
    await fill(rig, world, 20);
    for (let i = 0; more(); i++) {
      const serve = i % 2 === 0;
      await attempt(serve ? 'serve' : 'reindex --rebuild', async () => {
        const before = world.settle();
        await rig.mounts.setReadOnly(disk, 'ro');
        await (serve ? serveReadOnly(rig, world) : rebuildReadOnly(rig, world));
        await rig.mounts.setReadOnly(disk, 'rw');
        const service = await rig.processes.serve(world);
        await world.verifyServed(service);
        await world.verifyStored(before);
        await service.kill();
      });
    }
  },
};

async function serveReadOnly({ processes }: Rig, world: World): Promise<void> {
  const service = await processes.serve(world);
  await world.verifyServed(service);
  const client = connect(service.url);
  const [[id] = ['']] = world.ledger.present();
  for (const reply of [await client.upsert([{ id: 'not-stored', ...world.draw() }], { wait: true }), await client.remove(id)]) {
    must(isComeAgain(reply) && /readonly/.test(JSON.stringify(reply.body)), () => `a write was answered ${describeReply(reply)}`);
  }
  await service.kill();
}

async function rebuildReadOnly({ processes }: Rig, world: World): Promise<void> {
  const { code, stderr } = await processes.run(['reindex', '--rebuild'], world);
  must(code === 1 && /read-only/i.test(stderr), () => `it ended with ${code}: ${stderr}`);
}
