import Database from 'better-sqlite3';
import { type Fault, must } from './fault.ts';
import { databaseOf } from './rig/database.ts';
import { fill } from './rig/fill.ts';
import { createWorld } from './rig/world.ts';

const NEWER = 999;

export const newerSchema: Fault = {
  name: 'newer-schema',
  what: 'a database that a newer program wrote: refused with both versions, left as it is',
  times: { short: 1, full: 3 },
  limitS: { short: 120, full: 360 },
  async run({ rig, random, more, attempt }) {
    const world = await createWorld(rig, random);
    await fill(rig, world, 20);
    for (let i = 0; more(); i++) {
      const args = [['serve'], ['import', 'import.jsonl'], ['reindex']][i % 3] ?? [];
      await attempt(args.join(' '), async () => {
        const before = world.settle();
        const version = setVersion(world.dataDir, NEWER);
        const { code, stderr } = await rig.processes.run(
          args.map((arg) => (arg.endsWith('.jsonl') ? `${world.dataDir}/${arg}` : arg)),
          world,
        );
        must(
          code === 1 && stderr.includes(`schema version ${NEWER}`) && stderr.includes(`${version}`),
          () => `it ended with ${code}: ${stderr}`,
        );
        must(setVersion(world.dataDir, version) === NEWER, () => 'the version was changed');
        const service = await rig.processes.serve(world);
        await world.verifyServed(service);
        await world.verifyStored(before);
        await service.kill();
      });
    }
  },
};

/** @returns the version before. */
function setVersion(dataDir: string, version: number): number {
  const db = new Database(databaseOf(dataDir));
  try {
    const before = Number(db.pragma('user_version', { simple: true }));
    db.pragma(`user_version = ${version}`);
    return before;
  } finally {
    db.close();
  }
}
