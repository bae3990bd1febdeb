import { type Fault, must } from './fault.ts';
import { connect } from './rig/client.ts';
import { lastJob } from './rig/database.ts';
import { fill } from './rig/fill.ts';
import { jobProcessOf } from './rig/job-process.ts';
import { killOften, type Way } from './rig/kill-often.ts';
import { ask } from './rig/mixed-load.ts';
import { type Moment, reach } from './rig/moment.ts';
import type { Running } from './rig/processes.ts';
import type { Rig } from './rig/rig.ts';
import { BUNDLED_MODEL, indexOptions, placeTwin, spacesOnDisk, TWIN } from './rig/space.ts';
import { until } from './rig/until.ts';
import type { World } from './rig/world.ts';

const PAPERS = 120;
const CUTOVER = ['--json', '--model', TWIN, 'migrate', '--cutover'];
const ROLLBACK = ['--json', 'migrate', '--rollback'];

/**
 * `again`: the command, without a service, and once more after it; `service`: a service goes on with what the command left;
 * `beside`: the service that works on it, and is started again; `job`: the process of its job alone.
 */
type Killed = 'again' | 'service' | 'beside' | 'job';

interface Switch extends Way {
  args: readonly string[];
  killed: Killed;
}

const cutover = (killed: Killed): Switch => ({ name: `cutover, ${killed}`, spanMs: 2_500, args: CUTOVER, killed });
/** Nothing is built on the way back. */
const rollback = (killed: Killed): Switch => ({
  name: `rollback, ${killed}`,
  spanMs: 1_500,
  steps: ['any', 'switching'],
  args: ROLLBACK,
  killed,
});

/** There and back by turns. */
const WAYS = [
  cutover('again'),
  rollback('again'),
  cutover('job'),
  rollback('service'),
  cutover('beside'),
  rollback('job'),
  cutover('service'),
  rollback('beside'),
];

export const killCutover: Fault = {
  name: 'kill-cutover',
  what: 'kill -9 of a change of models, there and back, beside a service or not: one of the two serves, whole, in the end the wanted one, and nothing is embedded',
  times: { short: 1, full: 48 },
  limitS: { short: 120, full: 3_600 },
  async run(trial) {
    let twinDir = '';
    await killOften(trial, WAYS, async (world, way, moment) => {
      if (world.ledger.present().length === 0) twinDir = await prepare(trial.rig, world);
      return killSwitch(trial.rig, world, { twinDir, way, moment });
    });
  },
};

/** Both models have every vector and a generation of the same revision; the bundled one serves. */
async function prepare(rig: Rig, world: World): Promise<string> {
  const dir = await placeTwin(world.dataDir, TWIN);
  await fill(rig, world, PAPERS);
  for (const args of [CUTOVER, ROLLBACK, ['reindex', '--rebuild']]) await succeed(rig.processes.start(args, world));
  return dir;
}

async function killSwitch(
  { processes }: Rig,
  world: World,
  { twinDir, way: { args, killed }, moment }: { twinDir: string; way: Switch; moment: Moment },
): Promise<boolean> {
  const { dataDir } = world;
  const twin = await indexOptions(dataDir, twinDir);
  const modelOf = (space: string | undefined) => (space === world.space ? BUNDLED_MODEL : twinDir);
  const [from] = await spacesOnDisk(dataDir);
  const wanted = args === CUTOVER || from === world.space ? twin.space : world.space;
  const before = world.settle();
  const last = lastJob(dataDir)?.id;

  const beside = killed === 'job' || killed === 'beside' ? await processes.serve(world) : undefined;
  const load = beside === undefined ? undefined : ask(beside.url, world);
  const command = processes.start(args, world);
  const working = beside === undefined ? command : await jobProcessOf(beside);
  await reach(working, dataDir, moment);
  // Requests that break from here on are under way when the service is killed.
  const asked = killed === 'beside' ? load?.stop() : undefined;
  const { alive } = working;
  const hit = (await (killed === 'beside' && beside !== undefined ? beside : working).kill()) && alive;
  const job = lastJob(dataDir);
  const added = job !== undefined && job.id !== last;
  const done = added && job.state === 'succeeded';

  if (killed !== 'job') await world.verifyStored(before, modelOf((await spacesOnDisk(dataDir))[0]));
  if (killed === 'again' && !done) await succeed(processes.start(args, world));
  const service = killed === 'job' && beside !== undefined ? beside : await processes.serve(world);
  await world.verifyServed(service);
  if (killed === 'job' || killed === 'beside') await succeed(command);
  // A command that died before it had asked for anything left nothing to go on with.
  if (killed === 'service' && !added) await succeed(processes.start(args, world));
  const client = connect(service.url);
  await until('no job is left', async () => (await client.jobs()).every(({ finishedAt }) => finishedAt !== null));
  await until('the wanted model serves', async () => (await client.info()).space === wanted);
  const { notice } = await client.info();
  must(notice === null, () => `another model is said to be asked for: ${notice}`);
  await world.verifyServed(service);
  const { faults } = (await (asked ?? load?.stop())) ?? { faults: [] };
  must(faults.length === 0, () => `the service did not answer: ${faults.join('; ')}`);
  await service.stop();
  await world.verifyStored(before, modelOf(wanted));
  const { rows } = world.settle();
  must(rows.size === before.rows.size, () => `${rows.size - before.rows.size} texts were embedded`);
  return hit && !done;
}

async function succeed(command: Running): Promise<void> {
  const { code, signal, stderr } = await command.ended;
  must(code === 0, () => `the command ended with ${code ?? signal}: ${stderr}`);
}
