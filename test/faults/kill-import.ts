import { type Fault, must } from './fault.ts';
import { fill } from './rig/fill.ts';
import { killOften } from './rig/kill-often.ts';
import { reach } from './rig/moment.ts';
import { reportOf } from './rig/reports.ts';
import { writePapers } from './rig/write-papers.ts';

const FIRST = 60;
const LATER = { fresh: 8, changed: 8 };

export const killImport: Fault = {
  name: 'kill-import',
  what: 'kill -9 of an import, from its first line to the switch of the pointer: it goes on when it is run again, and embeds nothing twice',
  times: { short: 1, full: 80 },
  limitS: { short: 120, full: 4_500 },
  async run(trial) {
    const { rig } = trial;
    const { processes } = rig;
    await killOften(trial, [{ name: 'an import', spanMs: 1_800 }], async (world, _way, moment) => {
      if (world.ledger.present().length === 0) await fill(rig, world, FIRST);
      const papers = await writePapers(world, LATER);
      const killed = processes.start(['--json', 'import', papers.file], world);
      await reach(killed, world.dataDir, moment);
      const hit = await killed.kill();
      const before = world.settle();
      const again = await processes.run(['--json', 'import', papers.file], world);
      const { embedded } = reportOf('the import after the kill', again);
      papers.acknowledge();
      await world.verifyStored(before);
      const waited = papers.waiting(before);
      must(embedded === waited, () => `${embedded} texts were embedded, ${waited} were without a vector`);
      return hit;
    });
  },
};
