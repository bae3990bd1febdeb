/** The service at several times what it can do: what is admitted stays quick, the rest is refused at once, and it recovers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { listPapers } from './http/corpus.ts';
import { runLoad } from './http/load.ts';
import { type Answered, OpenLoop } from './http/open-loop.ts';
import { type RunningServer, startProduct } from './http/servers.ts';
import { askSearch, titleQueries } from './http/targets.ts';
import { count, parseBenchArgs, seedOption } from './lib/args.ts';
import { residentBytesOfTree } from './lib/cpu-time.ts';
import { DEFAULT_MODEL, modelDirOf } from './lib/model.ts';
import { say } from './lib/progress.ts';
import { mulberry32 } from './lib/random.ts';
import { writeResult } from './lib/results.ts';
import { median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';

const options = parseBenchArgs(
  'The service at several times its measured capacity: latency of what is admitted and of what is refused, memory, recovery.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    dataDir: z.string().optional().describe('existing data folder; without it a temporary one with the bundled corpus'),
    papers: count(2_000, 'papers whose titles the queries are made of, at most'),
    connections: count(32, 'requests under way while the capacity is measured'),
    times: z.coerce.number().positive().default(5).describe('load asked for, in capacities'),
    duration: z.coerce.number().positive().default(60).describe('seconds of overload'),
    warmup: z.coerce.number().positive().default(5).describe('seconds that the capacity is measured for'),
    idle: z.coerce.number().positive().default(20).describe('seconds that the idle service is measured for'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/overload.json'),
  }),
);

/** Share of the capacity that is asked for where the service counts as idle. */
const IDLE_SHARE = 0.1;
/** Between two questions whether it has recovered. */
const PAUSE_MS = 5;
const HEADERS = { 'cache-control': 'no-cache' };
const MEMORY_EVERY_MS = 250;
const RECOVERY_LIMIT_MS = 1_000;
const WARM_UP_S = 3;
const REST_MS = 3_000;
const MOST_TIMES_IDLE = 3;
const MOST_TIMES_MEMORY = 1.5;

const folder = await mkdtemp(join(tmpdir(), 'paperkin-overload-'));
let server: RunningServer | undefined;
try {
  server = await startProduct(options.dataDir === undefined ? join(folder, 'data') : resolve(options.dataDir), {
    model: await modelDirOf(options.model),
    logLevel: 'info',
  });
  await overload(server);
} finally {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}

async function overload({ url, pid }: RunningServer): Promise<void> {
  const papers = await listPapers(url, options.papers);
  const asks = titleQueries(papers, mulberry32(options.seed)).map((query) => askSearch(query, 'hybrid', 10));
  const { connections, warmup: durationS } = options;
  const load = { url, asks, connections, durationS, fromKept: false };
  await runLoad(load);
  const full = await runLoad(load);
  const capacity = full.answers / full.durationS;
  const loop = new OpenLoop(
    url,
    asks.map(({ path }) => path),
    HEADERS,
  );
  // Connections are opened, and code of the load and of refusals is compiled, before anything counts.
  await (await loop.run(capacity * options.times, WARM_UP_S)).answers;
  await delay(REST_MS);
  const idle = await (await loop.run(capacity * IDLE_SHARE, options.idle)).answers;
  const boundMs = MOST_TIMES_IDLE * percentile(times(admitted(idle)), 99);
  const before = residentBytesOfTree(pid);
  const peaks: number[] = [];
  const looking = setInterval(() => peaks.push(residentBytesOfTree(pid) ?? 0), MEMORY_EVERY_MS);
  say(`capacity ${round(capacity, 0)}/s; asking for ${round(capacity * options.times, 0)}/s, ${options.duration} s`);
  const sent = await loop.run(capacity * options.times, options.duration);
  const recoveryMs = await recovery(loop, boundMs);
  const loaded = await sent.answers;
  clearInterval(looking);
  loop.close();
  const ratio = percentile(times(admitted(loaded)), 99) / percentile(times(admitted(idle)), 99);
  const growth = before === null ? 1 : Math.max(...peaks) / before;
  const rows = [
    row('idle, admitted', admitted(idle)),
    row('overload, admitted', admitted(loaded)),
    row('overload, refused', refused(loaded)),
  ];
  const other = loaded.filter(({ status }) => status !== 200 && status !== 429 && status !== 503);
  const withoutRetry = refused(loaded).filter(({ hasRetryAfter }) => !hasRetryAfter).length;
  const summary: Row[] = [
    {
      'capacity/s': round(capacity, 0),
      'asked/s': round(loaded.length / options.duration, 0),
      'p99 to idle': round(ratio, 2),
      'neither 200, 429 nor 503': other.length,
      'without Retry-After': withoutRetry,
      'MB before': before === null ? null : round(before / 1e6, 0),
      'MB at most': peaks.length === 0 ? null : round(Math.max(...peaks) / 1e6, 0),
      'recovery ms': round(recoveryMs, 0),
    },
  ];
  printTable('Requests', rows);
  printTable('Overload', summary);
  await writeResult(
    'overload',
    {
      seed: options.seed,
      parameters: { ...options, model: basename(options.model), corpus: papers.length },
      tables: { requests: rows, overload: summary },
      notes: [
        'Requests are sent at a steady rate whether others are answered or not, by the process of the bench on the same cores.',
        `${WARM_UP_S} s of the same overload go before, and a rest: connections are open and all code is compiled.`,
        'Latency counts from the sending. Answers and vectors that the service keeps are not used (cache-control: no-cache).',
        'Recovery: from the last request of the overload to the first answer that comes within three times the p99 of the idle service.',
      ],
    },
    options.out,
  );
  const failures = [
    other.length > 0 && 'an answer was neither 200, 429 nor 503',
    withoutRetry > 0 && 'a refusal did not say when to come again',
    ratio > MOST_TIMES_IDLE && 'what was admitted was slow',
    percentile(times(refused(loaded)), 99) > boundMs && 'what was refused was not refused at once',
    growth > MOST_TIMES_MEMORY && 'memory grew',
    recoveryMs > RECOVERY_LIMIT_MS && 'it took long to recover',
  ].filter((failure) => failure !== false);
  for (const failure of failures) say(`failed: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

/** Milliseconds until a request is admitted and answered within `withinMs`. */
async function recovery(loop: OpenLoop, withinMs: number): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < 10 * RECOVERY_LIMIT_MS) {
    const { status, ms } = await loop.ask();
    if (status === 200 && ms <= withinMs) break;
    await delay(PAUSE_MS);
  }
  return performance.now() - start;
}

function admitted(answers: readonly Answered[]): Answered[] {
  return answers.filter(({ status }) => status === 200);
}

function refused(answers: readonly Answered[]): Answered[] {
  return answers.filter(({ status }) => status === 429 || status === 503);
}

function times(answers: readonly Answered[]): number[] {
  return answers.map(({ ms }) => ms);
}

function row(requests: string, answers: readonly Answered[]): Row {
  const all = times(answers);
  const shown = (ms: number) => (all.length === 0 ? null : round(ms, 2));
  return {
    requests,
    answers: all.length,
    'p50 ms': shown(median(all)),
    'p99 ms': shown(percentile(all, 99)),
    'most ms': shown(percentile(all, 100)),
  };
}
