/** The service over HTTP against bare Fastify that answers the same bytes. Server, yardstick and load: a process each. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { infoSchema } from '#dist/http/schemas.js';
import { listPapers } from './http/corpus.ts';
import { duringJobs } from './http/during-job.ts';
import { type Ask, type LoadResult, runLoad } from './http/load.ts';
import { loopDelayMs } from './http/loop-delay.ts';
import { type RunningServer, startBare, startProduct } from './http/servers.ts';
import { askPaper, askSearch, askSimilar, recommendations, titleQueries } from './http/targets.ts';
import { count, counts, flag, parseBenchArgs, seedOption } from './lib/args.ts';
import { residentBytesOfTree } from './lib/cpu-time.ts';
import { type Measured, measure } from './lib/measure.ts';
import { DEFAULT_MODEL, modelDirOf } from './lib/model.ts';
import type { BenchPaper } from './lib/papers.ts';
import { endProgress, say, showProgress } from './lib/progress.ts';
import { mulberry32, shuffle } from './lib/random.ts';
import { writeResult } from './lib/results.ts';
import { median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';

const options = parseBenchArgs(
  'Requests a second and latency of the service, route by route, against bare Fastify with the same bytes.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    dataDir: z.string().optional().describe('existing data folder; without it a temporary one with the bundled corpus'),
    only: z.string().optional().describe('labels of the targets beside the yardstick, separated by semicolons; without it all'),
    papers: count(2_000, 'papers asked for at most'),
    k: count(10, 'results wanted'),
    connections: counts('1,16,64', 'keep-alive connections, one request under way on each'),
    duration: z.coerce.number().positive().default(3).describe('seconds of load for each target in each round'),
    warmup: z.coerce.number().positive().default(1).describe('seconds of load for each target before the first round'),
    rounds: count(3, 'rounds; the order of the targets is drawn anew in each'),
    duringReindex: flag('load the service while every paper is embedded again, against the same load without that'),
    duringMigrate: z.string().optional().describe('the same while it goes over to this model, by name, and back'),
    share: z.coerce.number().positive().max(1).default(0.5).describe('beside a job: load asked for, as a share of the capacity'),
    logLevel: z.string().default('info').describe('log level of the service; its log goes to /dev/null'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/http.json'),
  }),
);

const LIKES = 5;

interface Target {
  label: string;
  server: RunningServer;
  asks: readonly Ask[];
  /** Whether it may be answered with a whole answer that was kept. */
  fromKept: boolean;
}

interface Run extends Measured {
  /** Of the service's event loop; null of the yardstick. */
  loopDelayMs: number | null;
  connections: number;
  target: Target;
  result: LoadResult;
}

const { k } = options;
const random = mulberry32(options.seed);
const folder = await mkdtemp(join(tmpdir(), 'paperkin-http-'));
const servers: RunningServer[] = [];
try {
  const product = await startProduct(options.dataDir === undefined ? join(folder, 'data') : resolve(options.dataDir), {
    model: await modelDirOf(options.model),
    logLevel: options.logLevel,
  });
  servers.push(product);
  await allKept(product.url);
  const papers = await listPapers(product.url, options.papers);
  const related = papers.map(({ id }) => askSimilar(id, k));
  const queries = titleQueries(papers, random);
  const hybrid = queries.map((query) => askSearch(query, 'hybrid', k));
  if (options.duringReindex || options.duringMigrate !== undefined) await besideJobs(product, related, hybrid);
  else await againstBare(product, papers, related, queries, hybrid);
} finally {
  for (const server of servers) await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function besideJobs({ url }: RunningServer, related: readonly Ask[], hybrid: readonly Ask[]): Promise<void> {
  const model = options.duringMigrate;
  const jobs =
    model === undefined
      ? [{ kind: 'reindex', all: true }]
      : [
          { kind: 'migrate', model, cutover: true },
          { kind: 'migrate', rollback: true },
        ];
  const rows = await duringJobs({
    url,
    targets: [
      { label: 'related', asks: related },
      { label: 'search, hybrid', asks: hybrid },
    ],
    connections: options.connections,
    durationS: options.duration,
    share: options.share,
    jobs,
  });
  printTable('Requests while a job runs', rows);
  const out = options.out ?? join(PACKAGE_ROOT, `bench/results/http-during-${model === undefined ? 'reindex' : 'migrate'}.json`);
  const { papers } = infoSchema.parse(await (await fetch(`${url}/v1/info`)).json());
  await writeResult(
    'http',
    {
      seed: options.seed,
      parameters: { ...options, model: basename(options.model), papers },
      tables: { requests: rows },
      notes: [
        'The job has processes of its own at the lowest priority; the load is made in the process of the bench, on the same cores.',
        'The load is steady: a share of what the idle service answers without a pause, the same before, during and after the job; idle is before and after.',
      ],
    },
    out,
  );
  if (rows.some((row) => row['failed'] !== 0 || row['job failed'] !== null)) process.exitCode = 1;
}

async function againstBare(
  product: RunningServer,
  papers: readonly BenchPaper[],
  related: readonly Ask[],
  queries: readonly string[],
  hybrid: readonly Ask[],
): Promise<void> {
  const captured = await captureMedian(product.url, related);
  await writeFile(join(folder, 'answer.json'), captured);
  const bare = await startBare(join(folder, 'answer.json'));
  servers.push(bare);

  const target = (label: string, server: RunningServer, asks: readonly Ask[]): Target => ({
    ...{ label, server, asks },
    fromKept: false,
  });
  const yardstick = target('bare Fastify, bytes of a related answer', bare, related);
  const wanted = options.only?.split(';');
  const targets = [
    yardstick,
    target('related', product, related),
    { ...target('related, asked again', product, related), fromKept: true },
    target('search, hybrid', product, hybrid),
    { ...target('search, hybrid, asked again', product, hybrid), fromKept: true },
    target(
      'search, dense',
      product,
      queries.map((query) => askSearch(query, 'dense', k)),
    ),
    target(`recommend, ${LIKES} likes`, product, recommendations(papers, LIKES, k, random)),
    target(
      'get paper',
      product,
      papers.map(({ id }) => askPaper(id)),
    ),
  ].filter((one) => one === yardstick || wanted === undefined || wanted.includes(one.label));
  say(`${papers.length} papers, ${queries.length} distinct queries, captured answer ${captured.byteLength} bytes`);

  const runs = await runRounds(targets);
  const rows = options.connections.flatMap((connections) => {
    const of = (wanted: Target) => runs.filter((run) => run.connections === connections && run.target === wanted);
    return targets.map((wanted) => resultRow(wanted, connections, of(wanted), of(yardstick)));
  });
  const resident = residentBytesOfTree(product.pid);
  const memory: Row[] = [
    { 'service and its embedding processes, resident MB': resident === null ? null : round(resident / 1e6, 0) },
  ];
  printTable('Requests, medians over the rounds', rows);
  printTable('Memory after the load', memory);
  const failed = runs.reduce((sum, { result }) => sum + result.non2xx + result.errors, 0);
  await writeResult(
    'http',
    {
      seed: options.seed,
      parameters: {
        ...options,
        model: basename(options.model),
        corpus: papers.length,
        distinctQueries: queries.length,
        capturedBytes: captured.byteLength,
      },
      tables: { requests: rows, memory },
      notes: [
        'The load is made by autocannon in the process of the bench, the servers are processes of their own on the same machine.',
        'Whole answers that the service keeps, and vectors of texts that it has read, are used where something is asked again, and nowhere else: all others forbid it (cache-control: no-cache).',
        '"to bare" compares with a Fastify of one route that answers the bytes of one related answer, whatever the target answers.',
      ],
    },
    options.out,
  );
  if (failed > 0) {
    say(`\nFAILED: ${failed} answers were not 2xx or did not come. The figures above are worth nothing.`);
    process.exitCode = 1;
  }
}

/** Until the service has the neighbours of every paper ready: of a folder of an older version it finds them first. */
async function allKept(url: string): Promise<void> {
  for (;;) {
    const { index } = infoSchema.parse(await (await fetch(`${url}/v1/info`)).json());
    if (index.kept === index.count) break;
    showProgress(`neighbours kept of ${index.kept} of ${index.count} papers`);
    await delay(1_000);
  }
  endProgress();
}

/** Of the first answers, the one of median length. */
async function captureMedian(url: string, asks: readonly Ask[]): Promise<Buffer> {
  const bodies: Buffer[] = [];
  for (const { path } of asks.slice(0, 101)) bodies.push(Buffer.from(await (await fetch(url + path)).arrayBuffer()));
  bodies.sort((a, b) => a.byteLength - b.byteLength);
  return bodies[Math.floor(bodies.length / 2)] ?? Buffer.alloc(0);
}

async function runRounds(targets: readonly Target[]): Promise<Run[]> {
  const runs: Run[] = [];
  for (let i = 0; i <= options.rounds; i++) {
    const warmingUp = i === 0;
    for (const connections of options.connections) {
      for (const target of shuffle(targets, random)) {
        showProgress(`${warmingUp ? 'warm-up' : `round ${i} of ${options.rounds}`}: ${target.label}, ${connections} connections`);
        const durationS = warmingUp ? options.warmup : options.duration;
        let result: LoadResult | undefined;
        // Read, it begins anew.
        await loopDelayMs(target.server.url);
        const measured = await measure(async () => {
          const { server, asks, fromKept } = target;
          result = await runLoad({ url: server.url, asks, connections, durationS, fromKept });
        }, target.server.pid);
        const delayMs = await loopDelayMs(target.server.url);
        if (result !== undefined && !warmingUp) runs.push({ ...measured, loopDelayMs: delayMs, connections, target, result });
      }
    }
  }
  endProgress();
  return runs;
}

function resultRow({ label }: Target, connections: number, runs: readonly Run[], bare: readonly Run[]): Row {
  const speedOf = (some: readonly Run[]) => median(some.map(({ result }) => result.answers / result.durationS));
  const of = (figure: (result: LoadResult) => number) => median(runs.map(({ result }) => figure(result)));
  const cpu = runs.flatMap(({ cpuS, result }) => (cpuS === null ? [] : [(cpuS / result.answers) * 1_000]));
  const delays = runs.flatMap(({ loopDelayMs }) => loopDelayMs ?? []);
  const sum = (figure: (result: LoadResult) => number) => runs.reduce((total, { result }) => total + figure(result), 0);
  return {
    target: label,
    connections,
    'req/s': Math.round(speedOf(runs)),
    'p50 ms': round(
      of(({ latenciesMs }) => median(latenciesMs)),
      2,
    ),
    'p99 ms': round(
      of(({ latenciesMs }) => percentile(latenciesMs, 99)),
      2,
    ),
    'to bare': round(speedOf(runs) / speedOf(bare), 3),
    'event loop p99 ms': delays.length === 0 ? null : round(median(delays), 1),
    'CPU-ms a request': cpu.length === 0 ? null : round(median(cpu), 3),
    'bytes an answer': Math.round(sum(({ bytes }) => bytes) / sum(({ answers }) => answers)),
    'non-2xx': sum(({ non2xx }) => non2xx),
    errors: sum(({ errors }) => errors),
  };
}
