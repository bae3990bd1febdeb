import { type Fault, must } from './fault.ts';
import { drawMoment, reach, STEPS } from './rig/moment.ts';
import { reportOf } from './rig/reports.ts';
import { createWorld } from './rig/world.ts';
import { writePapers } from './rig/write-papers.ts';

/** About what an import of these takes. */
const SPAN_MS = 1_800;
const FIRST = { fresh: 60, changed: 0 };
const LATER = { fresh: 8, changed: 8 };
/** The folder is begun anew above it, so that the last kill costs what the first did. */
const MOST_PAPERS = 300;

export const killImport: Fault = {
  name: 'kill-import',
  what: 'kill -9 of an import, from its first line to the switch of the pointer: it goes on when it is run again, and embeds nothing twice',
  times: { short: 1, full: 100 },
  limitS: { short: 120, full: 4_500 },
  async run({ rig, random, times, more, attempt }) {
    const { processes } = rig;
    let world = await createWorld(rig, random);
    for (let i = 0; more() && i < 4 * times; i++) {
      const moment = drawMoment(random, STEPS[(i + 1) % STEPS.length] ?? 'any', SPAN_MS);
      const survived = await attempt(`${moment.ms} ms into ${moment.step}`, async () => {
        if (world.ledger.present().length === 0) {
          const first = await writePapers(world, FIRST);
          reportOf('the first import', await processes.run(['--json', 'import', first.file], world));
          first.acknowledge();
        }
        const papers = await writePapers(world, LATER);
        const killed = processes.start(['--json', 'import', papers.file], world);
        await reach(killed, world.dataDir, moment);
        const hit = await killed.kill();
        const before = world.settle();
        const again = await processes.run(['--json', 'import', papers.file], world);
        const { embedded } = reportOf('the import after the kill', again);
        papers.acknowledge();
        await world.verifyStored(before);
        // Texts of the file that were not stored yet, and those that were stored and not embedded.
        const most = before.pending + LATER.fresh + LATER.changed;
        must(embedded <= most, () => `${embedded} texts were embedded, ${most} at most were without a vector`);
        return hit ? undefined : 'missed';
      });
      if (!survived || world.ledger.present().length > MOST_PAPERS) world = await createWorld(rig, random);
    }
  },
};
