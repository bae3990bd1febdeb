import { z } from 'zod';
import { type Fault, must, type Trial } from './fault.ts';
import { connect } from './rig/client.ts';
import { fill } from './rig/fill.ts';
import { jobProcessOf } from './rig/job-process.ts';
import { killOften } from './rig/kill-often.ts';
import { type Moment, reach } from './rig/moment.ts';
import type { Processes, Service } from './rig/processes.ts';
import type { Rig } from './rig/rig.ts';
import { indexOptions, placeTwin, spacesOnDisk, TWIN } from './rig/space.ts';
import type { World } from './rig/world.ts';

const PAPERS = 160;
const MIGRATE = ['--json', '--model', TWIN, 'migrate'];
/** Nothing is switched in a rehearsal. */
const MOMENTS = { spanMs: 2_500, steps: ['any', 'building'] } as const;
/** What is `killed`, and what goes on after it. */
const WAYS = [
  { name: 'the command, which is run again', ...MOMENTS, killed: 'command', next: 'command' },
  { name: 'the service, which is started again', ...MOMENTS, killed: 'service', next: 'service' },
  { name: 'the command, and a service goes on', ...MOMENTS, killed: 'command', next: 'service' },
  { name: 'the service, and the command goes on', ...MOMENTS, killed: 'service', next: 'command' },
] as const;

const reportSchema = z.object({ embedded: z.int(), rehearsal: z.object({ overlap10: z.number() }), switched: z.literal(false) });

export const killMigrate: Fault = {
  name: 'kill-migrate',
  what: 'kill -9 of a rehearsal of another model, or of the service that works on it: the old model serves, and what is embedded stays so',
  times: { short: 1, full: 40 },
  limitS: { short: 120, full: 3_600 },
  async run(trial) {
    await killOften(trial, WAYS, (world, way, moment) => killMigration(trial, world, way, moment));
  },
};

async function killMigration(
  { rig, random }: Trial,
  world: World,
  { killed, next }: (typeof WAYS)[number],
  moment: Moment,
): Promise<boolean> {
  const { processes } = rig;
  if (world.ledger.present().length === 0) await fill(rig, world, PAPERS);
  // Another space each time: every text is to be embedded.
  const twin = await indexOptions(world.dataDir, await placeTwin(world.dataDir, `twin ${random()}`));
  const service = killed === 'service' ? await processes.serve(world) : undefined;
  const command = processes.start(MIGRATE, world);
  const working = service === undefined ? command : await jobProcessOf(service);
  await reach(working, world.dataDir, moment);
  const { alive } = working;
  const hit = (await (service ?? command).kill()) && alive;
  await command.kill();
  const before = world.settle(twin.space);

  const embedded = next === 'command' ? (await migrate(processes, world)).embedded : await goOnBeside(rig, world);
  must(embedded === before.pending, () => `${embedded} texts were embedded, ${before.pending} had no vector of the twin`);
  const last = await processes.serve(world);
  await verifyOld(last, world);
  await last.stop();
  await world.verifyStored(before);
  const spaces = await spacesOnDisk(world.dataDir);
  must(!spaces.includes(twin.space), () => 'the rehearsal left a generation behind');
  return hit;
}

async function migrate(processes: Processes, world: World): Promise<z.infer<typeof reportSchema>> {
  const { code, signal, stdout, stderr } = await processes.run(MIGRATE, world);
  must(code === 0, () => `the migration after the kill ended with ${code ?? signal}: ${stderr}`);
  return reportSchema.parse(JSON.parse(stdout));
}

/** The service takes up what was left, then does what the command asks of it. @returns texts that both have embedded. */
async function goOnBeside({ processes }: Rig, world: World): Promise<number> {
  const begun = new Date().toISOString();
  const service = await processes.serve(world);
  await verifyOld(service, world);
  await migrate(processes, world);
  await verifyOld(service, world);
  const jobs = await connect(service.url).jobs();
  await service.stop();
  const reports = jobs.filter(({ finishedAt }) => finishedAt !== null && finishedAt >= begun).map(({ report }) => report);
  return reports.reduce((sum, report) => sum + reportSchema.parse(report).embedded, 0);
}

async function verifyOld(service: Service, world: World): Promise<void> {
  const { space } = await connect(service.url).info();
  must(space === world.space, () => 'a rehearsal changed what is served');
  await world.verifyServed(service);
}
