import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, must, type Trial } from './fault.ts';
import { type Client, connect, describeReply, isComeAgain, isStored } from './rig/client.ts';
import { fillDisk } from './rig/fill-disk.ts';
import { until } from './rig/until.ts';
import { createWorld, type World } from './rig/world.ts';

const DISK_BYTES = 24 << 20;
const PAPERS = 20;
/** Writes tried on a full disk: the first may still find room in files that are there. */
const WRITES = 40;

export const diskFull: Fault = {
  name: 'disk-full',
  what: 'the disk fills up under a service: writes are answered 503 with Retry-After, reads go on, all goes on when there is room',
  times: { short: 1, full: 5 },
  limitS: { short: 120, full: 1_800 },
  async run(trial) {
    const { rig, random, more, attempt, skip } = trial;
    const why = await rig.mounts.unavailable(await rig.folder('probe'));
    if (why !== null) return skip(why);
    while (more()) {
      const disk = await rig.folder('disk');
      await rig.mounts.mount(disk, DISK_BYTES);
      const world = await createWorld(rig, random, disk);
      await attempt(`${PAPERS} papers on ${DISK_BYTES} bytes`, () => fillUp(trial, world));
      await rig.processes.killAll();
      await rig.mounts.remove(disk);
    }
  },
};

async function fillUp({ rig: { processes } }: Trial, world: World): Promise<void> {
  const filler = join(world.dataDir, 'filler');
  const service = await processes.serve(world);
  const client = connect(service.url);
  await write(client, world, { count: PAPERS });
  await fillDisk(filler);
  const refused = await writeUntilRefused(client, world);
  must(refused !== null, () => `${WRITES} writes were stored on a full disk`);
  world.settle();
  await world.verifyServed(service, { degraded: 'any' });
  must((await client.nearest('a graph', 1)).length === 1, () => 'nothing is found on a full disk');

  await rm(filler);
  await until('all is indexed by itself', async () => {
    const { pending, degraded } = await client.info();
    return pending === 0 && degraded === null;
  });
  must(await write(client, world, { count: 1 }), () => 'a write is refused though there is room');
  await world.verifyServed(service);

  // It stops, and starts or refuses to, without room.
  await fillDisk(filler);
  await writeUntilRefused(client, world);
  await service.stop();
  const full = processes.start(['serve'], world);
  await Promise.race([full.ended, until('it serves or ends', async () => /serving \d+ papers/.test(full.stderr()) || !full.alive)]);
  if (!full.alive)
    must(/full|space|unable to open|disk I\/O/i.test(full.stderr()), () => `the reason is not clear: ${full.stderr()}`);
  await full.kill();

  await rm(filler);
  const before = world.settle();
  const last = await processes.serve(world);
  await world.verifyServed(last);
  await world.verifyStored(before);
}

async function write(client: Client, { ledger, draw }: World, { count }: { count: number }): Promise<boolean> {
  const papers = Array.from({ length: count }, () => ({ id: ledger.newId(), ...draw() }));
  for (const { id, ...text } of papers) ledger.send(id, text);
  const reply = await client.upsert(papers, { wait: true });
  if (isStored(reply)) {
    for (const { id } of papers) ledger.acknowledge(id);
    return true;
  }
  must(isComeAgain(reply), () => `a write was answered ${describeReply(reply)}`);
  return false;
}

async function writeUntilRefused(client: Client, world: World): Promise<number | null> {
  for (let i = 0; i < WRITES; i++) if (!(await write(client, world, { count: 4 }))) return i;
  return null;
}
