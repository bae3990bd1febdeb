import { type Fault, must } from './fault.ts';
import { drawMoment, reach, STEPS } from './rig/moment.ts';
import { reportOf } from './rig/reports.ts';
import { createWorld } from './rig/world.ts';
import { writePapers } from './rig/write-papers.ts';

/** About what a rebuild of these takes. */
const SPAN_MS = 1_500;
const PAPERS = { fresh: 120, changed: 0 };

export const killReindex: Fault = {
  name: 'kill-reindex',
  what: 'kill -9 of "reindex --rebuild", graph, saving and switch: the service starts from what is there, and embeds nothing',
  times: { short: 1, full: 80 },
  limitS: { short: 120, full: 3_600 },
  async run({ rig, random, times, more, attempt }) {
    const { processes } = rig;
    let world = await createWorld(rig, random);
    for (let i = 0; more() && i < 4 * times; i++) {
      const moment = drawMoment(random, STEPS[(i + 1) % STEPS.length] ?? 'any', SPAN_MS);
      const survived = await attempt(`${moment.ms} ms into ${moment.step}`, async () => {
        if (world.ledger.present().length === 0) {
          const papers = await writePapers(world, PAPERS);
          reportOf('the import', await processes.run(['--json', 'import', papers.file], world));
          papers.acknowledge();
        }
        const before = world.settle();
        const killed = processes.start(['--json', 'reindex', '--rebuild'], world);
        await reach(killed, world.dataDir, moment);
        const hit = await killed.kill();
        // By turns a service, and the command itself, which has nothing to do or something to catch up with.
        if (i % 2 === 0) {
          const service = await processes.serve(world);
          await world.verifyServed(service);
          await world.verifyStored(before);
          await service.kill();
        } else {
          const { embedded } = reportOf('the reindexing', await processes.run(['--json', 'reindex'], world));
          must(embedded === 0, () => `${embedded} texts were embedded though all had their vectors`);
          await world.verifyStored(before);
        }
        return hit ? undefined : 'missed';
      });
      if (!survived) world = await createWorld(rig, random);
    }
  },
};
