import { type Fault, must } from './fault.ts';
import { fill } from './rig/fill.ts';
import type { Rig } from './rig/rig.ts';
import { createWorld, type World } from './rig/world.ts';

const DISK_BYTES = 24 << 20;

export const readOnly: Fault = {
  name: 'read-only',
  what: 'a data folder that cannot be written: a clear error, nothing lost, all well when it can be again',
  times: { short: 1, full: 4 },
  limitS: { short: 120, full: 720 },
  async run({ rig, random, more, attempt, skip }) {
    const why = await rig.mounts.unavailable(await rig.folder('probe'));
    if (why !== null) return skip(why);
    const disk = await rig.folder('disk');
    await rig.mounts.mount(disk, DISK_BYTES);
    const world = await createWorld(rig, random, disk);
    await fill(rig, world, 20);
    for (let i = 0; more(); i++) {
      const args = i % 2 === 0 ? ['serve'] : ['reindex', '--rebuild'];
      await attempt(args.join(' '), async () => {
        const before = world.settle();
        await rig.mounts.setReadOnly(disk, 'ro');
        await refused(rig, world, args);
        await rig.mounts.setReadOnly(disk, 'rw');
        const service = await rig.processes.serve(world);
        await world.verifyServed(service);
        await world.verifyStored(before);
        await service.kill();
      });
    }
  },
};

async function refused({ processes }: Rig, world: World, args: readonly string[]): Promise<void> {
  const { code, stderr } = await processes.run(args, world);
  must(code === 1 && /readonly|read-only|unable to open/i.test(stderr), () => `${args.join(' ')} ended with ${code}: ${stderr}`);
}
