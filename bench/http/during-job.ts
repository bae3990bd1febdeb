/**
 * A steady load of a service while a batch job runs beside it, against the same load before and after it, in one run: a machine that
 * others share may be another one ten minutes later. Steady: a load
 * that asks again as soon as it is answered leaves no processor to a job of the lowest priority, and would measure a job that
 * stands still.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { jobSchema } from '#dist/http/job-schemas.js';
import { hasEnded } from '#dist/jobs/known-job.js';
import { endProgress, showProgress } from '../lib/progress.ts';
import { median, percentile, round } from '../lib/stats.ts';
import type { Row } from '../lib/table.ts';
import { type Ask, type LoadResult, runLoad } from './load.ts';
import { loopDelayMs } from './loop-delay.ts';

export interface DuringJobOptions {
  url: string;
  targets: readonly { label: string; asks: readonly Ask[] }[];
  connections: readonly number[];
  /** Seconds of load for each target at a time. */
  durationS: number;
  /** Requests a second that are asked, as a share of what the service answers when idle and asked without a pause. */
  share: number;
  /** Bodies for `POST /v1/jobs`, run one after the other. */
  jobs: readonly object[];
}

/** Turns of the load before the first job, and as many after the last: enough requests for a p99. */
const IDLE_TURNS = 3;

interface Turn extends LoadResult {
  /** 99th percentile of the service's event loop. */
  loopDelayMs: number | null;
}

interface Phase {
  name: string;
  results: Map<string, Turn[]>;
  seconds: number | null;
  failure: string | null;
}

export async function duringJobs({ url, targets, connections, durationS, share, jobs }: DuringJobOptions): Promise<Row[]> {
  const rates = new Map<string, number>();

  /** One turn of every target at every number of connections. */
  async function load(phase: Phase): Promise<void> {
    for (const count of connections) {
      for (const { label, asks } of targets) {
        showProgress(`${phase.name}: ${label}, ${count} connections`);
        const key = `${label}|${count}`;
        await loopDelayMs(url);
        const result = await runLoad({ url, asks, connections: count, durationS, rate: rates.get(key), fromKept: false });
        const turn = { ...result, loopDelayMs: await loopDelayMs(url) };
        phase.results.set(key, [...(phase.results.get(key) ?? []), turn]);
      }
    }
  }

  const idle: Phase = { name: 'idle', results: new Map(), seconds: null, failure: null };
  const phases = [idle];
  // Two turns without a pause: to warm up, and for the capacity.
  const flatOut: Phase = { ...idle, name: 'capacity', results: new Map() };
  await load(flatOut);
  await load(flatOut);
  for (const [key, turns] of flatOut.results) {
    const last = turns.at(-1);
    if (last !== undefined) rates.set(key, (last.answers / last.durationS) * share);
  }
  for (let turn = 0; turn < IDLE_TURNS; turn++) await load(idle);
  for (const body of jobs) {
    const name = Object.values(body).join(' ');
    const phase: Phase = { name, results: new Map(), seconds: null, failure: null };
    phases.push(phase);
    const start = performance.now();
    const asked = await fetch(`${url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { id } = jobSchema.parse(await asked.json());
    const ending = ended(url, id).then(({ state, error }) => {
      phase.seconds = (performance.now() - start) / 1_000;
      if (state !== 'succeeded') phase.failure = `${state}: ${error}`;
    });
    while (phase.seconds === null) await load(phase);
    await ending;
    // The service goes over to what came out: part of the phase.
    await load(phase);
  }
  for (let turn = 0; turn < IDLE_TURNS; turn++) await load(idle);
  endProgress();
  return phases.flatMap((phase) =>
    [...phase.results].map(([key, results]) => rowOf(phase, key, results, idle.results.get(key) ?? [], rates.get(key) ?? null)),
  );
}

async function ended(url: string, id: string) {
  for (;;) {
    const job = jobSchema.parse(await (await fetch(`${url}/v1/jobs/${id}`)).json());
    if (hasEnded(job)) return job;
    await delay(500);
  }
}

function rowOf(
  { name, seconds, failure }: Phase,
  key: string,
  results: readonly Turn[],
  idle: readonly Turn[],
  rate: number | null,
): Row {
  const [target = '', connections = ''] = key.split('|');
  const all = results.flatMap(({ latenciesMs }) => latenciesMs);
  const delays = results.flatMap((turn) => turn.loopDelayMs ?? []);
  const atRest = idle.flatMap(({ latenciesMs }) => latenciesMs);
  const sum = (figure: (result: LoadResult) => number) => results.reduce((total, result) => total + figure(result), 0);
  return {
    phase: name,
    'job s': seconds === null ? null : round(seconds, 1),
    target,
    connections: Number(connections),
    'asked/s': rate === null ? null : Math.round(rate),
    'req/s': Math.round(sum(({ answers }) => answers) / sum(({ durationS }) => durationS)),
    'p50 ms': round(median(all), 2),
    'p99 ms': round(percentile(all, 99), 2),
    'p99 to idle': round(percentile(all, 99) / percentile(atRest, 99), 2),
    'event loop p99 ms': delays.length === 0 ? null : round(median(delays), 1),
    requests: all.length,
    failed: sum(({ non2xx, errors }) => non2xx + errors),
    'job failed': failure,
  };
}
