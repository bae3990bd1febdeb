import { type Fault, must } from './fault.ts';
import { fill } from './rig/fill.ts';
import { killOften } from './rig/kill-often.ts';
import { reach } from './rig/moment.ts';
import { reportOf } from './rig/reports.ts';

const PAPERS = 120;
const SPAN_MS = 1_500;
/** What comes after the kill; the command has nothing to do, or something to catch up with. */
const WAYS = [
  { name: 'a service after it', spanMs: SPAN_MS, next: 'service' },
  { name: 'the command after it', spanMs: SPAN_MS, next: 'command' },
] as const;

export const killReindex: Fault = {
  name: 'kill-reindex',
  what: 'kill -9 of "reindex --rebuild", graph, saving and switch: the service starts from what is there, and embeds nothing',
  times: { short: 1, full: 60 },
  limitS: { short: 120, full: 3_600 },
  async run(trial) {
    const { rig } = trial;
    const { processes } = rig;
    await killOften(trial, WAYS, async (world, { next }, moment) => {
      if (world.ledger.present().length === 0) await fill(rig, world, PAPERS);
      const before = world.settle();
      const killed = processes.start(['--json', 'reindex', '--rebuild'], world);
      await reach(killed, world.dataDir, moment);
      const hit = await killed.kill();
      if (next === 'service') {
        const service = await processes.serve(world);
        await world.verifyServed(service);
        await world.verifyStored(before);
        await service.kill();
      } else {
        const { embedded } = reportOf('the reindexing', await processes.run(['--json', 'reindex'], world));
        must(embedded === 0, () => `${embedded} texts were embedded though all had their vectors`);
        await world.verifyStored(before);
      }
      return hit;
    });
  },
};
