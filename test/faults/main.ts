/** Breaks the service in every way we know, and proves that nothing is lost. Exits with 1 when anything was. */
import { z } from 'zod';
import { count, fail, flag, parseBenchArgs, seedOption } from '#dist/bench/lib/args.js';
import { endProgress, say } from '#dist/bench/lib/progress.js';
import { namedRandom } from '#dist/bench/lib/random.js';
import { printTable, type Row } from '#dist/bench/lib/table.js';
import { type Fault, type Outcome, tryFault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { createRig, type Rig } from './rig/rig.ts';

const NAMES = FAULTS.map(({ name }) => name);
const options = parseBenchArgs(
  `Faults, each tried often; nothing may be lost.\n${FAULTS.map(({ name, what }) => `  ${name.padEnd(20)} ${what}`).join('\n')}\n`,
  z.object({
    full: flag('as often as it takes to believe it, an hour or so, instead of a short run'),
    only: z.string().optional().describe('faults to try, comma-separated'),
    times: z.coerce.number().int().min(1).optional().describe('how often each is tried, whatever its own numbers say'),
    lanes: count(2, 'faults tried side by side'),
    seed: seedOption,
  }),
);
const wanted = options.only?.split(',') ?? NAMES;
const unknown = wanted.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) fail(`no such fault: ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);

const { full, seed, times } = options;
const rigs = new Set<Rig>();
// Ctrl-C leaves nothing behind either.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void Promise.all([...rigs].map((rig) => rig.close())).finally(() => process.exit(130)));
}

const queue = FAULTS.filter(({ name }) => wanted.includes(name));
const outcomes = new Map<Fault, { outcome: Outcome; seconds: number }>();
await Promise.all(Array.from({ length: options.lanes }, tryInTurn));
endProgress();
const rows = FAULTS.flatMap((fault) => {
  const done = outcomes.get(fault);
  return done === undefined ? [] : [rowOf(fault, done.outcome, done.seconds)];
});
printTable(`Faults, ${full ? 'in full' : 'a short run'}, seed ${seed}`, rows);
if ([...outcomes.values()].some(({ outcome: { lost, cut } }) => lost > 0 || cut)) process.exitCode = 1;

async function tryInTurn(): Promise<void> {
  for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
    const start = performance.now();
    const rig = await createRig();
    rigs.add(rig);
    try {
      const outcome = await tryFault(fault, {
        rig,
        random: namedRandom(seed, fault.name),
        times: times ?? (full ? fault.times.full : fault.times.short),
        full: full || times !== undefined,
        strict: process.env['CI'] !== undefined,
        say,
      });
      const seconds = Math.round((performance.now() - start) / 1_000);
      outcomes.set(fault, { outcome, seconds });
      say(`${fault.name}: ${outcome.tried} tried, ${outcome.lost} lost, ${seconds} s`);
    } finally {
      await rig.close();
      rigs.delete(rig);
    }
  }
}

function rowOf({ name }: Fault, { tried, lost, skipped, cut }: Outcome, seconds: number): Row {
  const remark = skipped !== null ? `skipped: ${skipped}` : cut ? 'ended before every try was made' : '';
  return { fault: name, 'times tried': tried, survived: Math.max(tried - lost, 0), lost, seconds, remark };
}
