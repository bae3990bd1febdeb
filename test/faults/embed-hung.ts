import { PooledEmbedder } from '#dist/embed/pooled-embedder.js';
import { type Fault, must } from './fault.ts';
import { connect } from './rig/client.ts';
import { askAndWrite } from './rig/mixed-load.ts';
import { embeddersOf } from './rig/processes.ts';
import type { Rig } from './rig/rig.ts';
import { BUNDLED_MODEL } from './rig/space.ts';
import { until } from './rig/until.ts';
import { createWorld, type World } from './rig/world.ts';

/** In a service a process may be silent for a minute; here the wait, which a start has to keep to too, is told to the pool. */
const ANSWER_WITHIN_MS = 12_000;

export const embedHung: Fault = {
  name: 'embed-hung',
  what: 'kill -STOP of the embedding process under load: it is replaced, its texts are embedded, the service stays up',
  times: { short: 1, full: 4 },
  limitS: { short: 120, full: 2_700 },
  async run({ rig, random, more, attempt }) {
    await attempt('a pool that waits for a short time', () => stopPool());
    const world = await createWorld(rig, random);
    while (more()) await attempt('a service', () => stopService(rig, world));
  },
};

async function stopPool(): Promise<void> {
  const before = new Set(await embeddersOf(process.pid));
  const pool = await PooledEmbedder.open(BUNDLED_MODEL, {
    processes: 1,
    maxWaitingTokens: 10_000,
    answerWithinMs: ANSWER_WITHIN_MS,
  });
  try {
    const hung = (await embeddersOf(process.pid)).filter((pid) => !before.has(pid));
    const texts = Array.from({ length: 20 }, (_, i) => `a text that waits, number ${i}`);
    const batch = pool.embed(texts, { kind: 'passage', lane: 'batch' });
    for (const pid of hung) process.kill(pid, 'SIGSTOP');
    const query = await pool.embed(['a query'], { kind: 'query' });
    must(query.tokenCounts.length === 1 && (await batch).tokenCounts.length === texts.length, () => 'a text got no vector');
    const left = (await embeddersOf(process.pid)).filter((pid) => hung.includes(pid));
    must(left.length === 0, () => `a process that hangs was left: ${left.join(', ')}`);
  } finally {
    await pool.close();
  }
}

async function stopService({ processes }: Rig, world: World): Promise<void> {
  const service = await processes.serve(world);
  const load = askAndWrite(service.url, world);
  const hung = await embeddersOf(service.pid);
  for (const pid of hung) process.kill(pid, 'SIGSTOP');
  // Longer than one wait of this program for one thing: an answer may take a minute.
  const replaced = async () => !(await embeddersOf(service.pid)).some((pid) => hung.includes(pid));
  const client = connect(service.url);
  try {
    for (let minute = 0; minute < 2 && !(await replaced()); minute++)
      await until('it is replaced', replaced).catch(() => undefined);
  } finally {
    for (const pid of await embeddersOf(service.pid)) if (hung.includes(pid)) process.kill(pid, 'SIGKILL');
  }
  const { faults } = await load.stop();
  must(faults.length === 0 && service.alive, () => `wrongly answered: ${faults.join('; ')}`);
  await until('all is embedded', async () => (await client.info()).pending === 0);
  world.settle();
  await world.verifyServed(service);
  await service.kill();
}
