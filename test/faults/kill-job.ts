import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { randomInt } from '#dist/bench/lib/random.js';
import { type Fault, must, type Trial } from './fault.ts';
import { connect, type JobOnWire } from './rig/client.ts';
import { lastJob, type Stored, tokensAfter } from './rig/database.ts';
import { fill } from './rig/fill.ts';
import { jobProcessOf } from './rig/job-process.ts';
import { killOften, type Way } from './rig/kill-often.ts';
import { ask } from './rig/mixed-load.ts';
import { type Moment, reach } from './rig/moment.ts';
import type { Service } from './rig/processes.ts';
import { until } from './rig/until.ts';
import type { World } from './rig/world.ts';
import { writePapers } from './rig/write-papers.ts';

const FIRST = 120;
const LATER = { fresh: 90, changed: 70 };
/** A job's process writes a generation where it embeds everything again; an import's is written by the service. */
const WAYS: readonly (Way & { kind: 'import' | 'reindex' })[] = [
  { name: 'an import', kind: 'import', spanMs: 2_500, steps: ['any'] },
  { name: 'a reindexing of everything', kind: 'reindex', spanMs: 2_500 },
];
/** Deaths at one place fail a job from the third on. */
const MOST_KILLS = 2;

const importSchema = z.object({ embedded: z.int(), new: z.int(), changed: z.int(), unchanged: z.int() });
const reindexSchema = z.object({ embedded: z.int(), tokens: z.int() });
const cursorSchema = z.object({ after: z.int() }).nullable();

export const killJob: Fault = {
  name: 'kill-job',
  what: 'kill -9 of the process of a job, once or twice: the service answers all the while, the job goes on and succeeds, embedding only what had no vector',
  times: { short: 1, full: 40 },
  limitS: { short: 120, full: 3_600 },
  async run(trial) {
    await killOften(trial, WAYS, (world, { kind }, moment) => killJobOf(trial, world, kind, moment));
  },
};

async function killJobOf({ rig, random }: Trial, world: World, kind: 'import' | 'reindex', moment: Moment): Promise<boolean> {
  if (world.ledger.present().length === 0) await fill(rig, world, FIRST);
  const service = await rig.processes.serve(world);
  const client = connect(service.url);
  const load = ask(service.url, world);
  const papers = kind === 'import' ? await writePapers(world, LATER) : undefined;
  const { id } = await client.addJob(papers === undefined ? { kind: 'reindex', all: true } : await readFile(papers.file));
  const left = await killUpTo(1 + randomInt(random, MOST_KILLS), service, world, moment);
  await until('the job has ended', async () => (await client.jobs()).some((job) => job.id === id && job.finishedAt !== null));
  const [job] = await client.jobs();
  must(job?.state === 'succeeded', () => `the job ended as ${job?.state}: ${job?.error}`);
  papers?.acknowledge();
  if (left !== undefined && papers !== undefined) verifyImport(job, papers.waiting(left.stored));
  if (left !== undefined && papers === undefined) verifyReindex(job, left, world);

  const settled = async () => {
    const { papers: stored, indexed, pending } = await client.info();
    return indexed === stored && pending === 0;
  };
  await until('the service has caught up', settled);
  await world.verifyServed(service);
  const { answered, faults } = await load.stop();
  must(faults.length === 0 && answered > 0 && service.alive, () => `the service did not answer: ${faults.join('; ')}`);
  await service.stop();
  // Embedding everything again may give vectors that differ in their last bits.
  await world.verifyStored(left !== undefined && kind === 'import' ? left.stored : world.settle());
  return left !== undefined;
}

interface Left {
  stored: Stored;
  cursor: unknown;
}

/** @returns what its last death left of the job; undefined when it had ended before. */
async function killUpTo(kills: number, service: Service, world: World, moment: Moment): Promise<Left | undefined> {
  let left: Left | undefined;
  for (let n = 0; n < kills; n++) {
    const process = await jobProcessOf(service);
    await reach(process, world.dataDir, moment);
    const stopped = process.stop();
    const job = lastJob(world.dataDir);
    const working = stopped && job?.state === 'processing';
    if (working) left = { stored: world.settle(), cursor: job.cursor };
    await process.kill();
    if (!working) break;
  }
  return left;
}

/** The file is read once, and what had its vector when the last process began is not embedded again. */
function verifyImport({ report }: JobOnWire, waited: number): void {
  const { embedded, ...counts } = importSchema.parse(report);
  const read = counts.new + counts.changed + counts.unchanged;
  must(read === LATER.fresh + LATER.changed, () => `${read} papers of the file were read`);
  must(embedded === waited, () => `${embedded} texts were embedded, ${waited} had no vector`);
}

/** Batches that were written down are passed over. */
function verifyReindex({ report }: JobOnWire, { stored, cursor }: Left, { dataDir, space }: World): void {
  const { embedded, tokens } = reindexSchema.parse(report);
  must(embedded === stored.papers.size, () => `${embedded} of ${stored.papers.size} texts are said to be embedded`);
  const waited = tokensAfter(dataDir, space, cursorSchema.parse(cursor)?.after ?? 0);
  must(tokens === waited, () => `the last process embedded ${tokens} tokens, ${waited} were not written down`);
}
