/** Batch jobs: ask for one, watch it, stop it. They run one at a time in a process of their own. */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { invalidInput } from '../../errors.ts';
import { createJobTools } from '../../job-host.ts';
import { jobParams } from '../../jobs/job-params.ts';
import { hasEnded, knownJob, requireJob } from '../../jobs/known-job.ts';
import { type JobPrice, priceImport, priceJob, type StoredJob } from '../../jobs/price-job.ts';
import { keepUpload } from '../../jobs/uploads.ts';
import type { Job } from '../../papers/job-store.ts';
import { readStream } from '../../seeds/read-files.ts';
import type { Services } from '../../services.ts';
import { requireScope } from '../access.ts';
import { callerGone } from '../caller-gone.ts';
import { acceptFiles, isAnyFile } from '../file-body.ts';
import {
  jobBody,
  jobParamsOfPath,
  jobQuery,
  jobSchema,
  jobsQuery,
  jobsSchema,
  priceSchema,
  rejectsQuery,
  rejectsSchema,
} from '../job-schemas.ts';
import { problemsOf } from '../schemas.ts';

const tags = ['jobs'];
const EVENT_EVERY_MS = 500;
/** A stream that stands still is told apart from a broken one, by proxies and by the service itself. */
const SIGN_OF_LIFE_MS = 15_000;

export interface JobRoutesOptions {
  services: Services;
  config: Config;
  onJob: (() => void) | undefined;
}

export const jobRoutes: FastifyPluginAsyncZod<JobRoutesOptions> = async (app, { services, config, onJob }) => {
  const { jobs, store, embedder } = services;
  let pricing: Promise<unknown> = Promise.resolve();

  requireScope(app, 'admin');
  acceptFiles(app);

  async function kept(file: Readable, format: 'auto' | 'jsonl') {
    return { kind: 'import', params: { files: [await keepUpload(config.dataDir, file)], format, upload: true } } as const;
  }

  /** One at a time: that of a migration holds another model in memory. */
  function priceOf(job: StoredJob): Promise<JobPrice> {
    const price = async () => {
      const tools = createJobTools(config, { store, embedder });
      return await priceJob(job, tools).finally(tools.close);
    };
    const run = pricing.then(price, price);
    pricing = run.catch(() => undefined);
    return run;
  }

  app.post(
    '/v1/jobs',
    {
      schema: {
        tags,
        summary: 'Ask for a batch job',
        description:
          'JSON asks for `reindex`, `compact`, `migrate` or `evaluate`. A file of any format that can be imported ' +
          '(`application/octet-stream`, or `application/x-ndjson`) is kept and imported. Durable when answered. With `dryRun` ' +
          'the job is only priced: what would be stored and embedded, and how long it would take. A rollback and an ' +
          'evaluation have no price; the texts of evaluation sets are not counted in that of a migration.',
        body: { content: { 'application/json': { schema: jobBody } } },
        querystring: jobQuery,
        response: { 200: priceSchema, 202: jobSchema, ...problemsOf(400, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      if (request.query.dryRun) {
        const price =
          body instanceof Readable ? priceImport(await readStream('upload', body), store, embedder) : priceOf(asked(body));
        return reply.code(200).send(await price);
      }
      const { kind, params } = body instanceof Readable ? await kept(body, isAnyFile(request) ? 'auto' : 'jsonl') : asked(body);
      const job = await jobs.addJob(kind, params);
      onJob?.();
      return reply.code(202).send(onWire(job));
    },
  );

  app.get(
    '/v1/jobs',
    { schema: { tags, summary: 'Jobs, newest first', querystring: jobsQuery, response: { 200: jobsSchema, ...problemsOf(400) } } },
    async ({ query }) => ({ jobs: (await jobs.jobs(query)).map(onWire) }),
  );

  app.get(
    '/v1/jobs/:id',
    { schema: { tags, summary: 'One job', params: jobParamsOfPath, response: { 200: jobSchema, ...problemsOf(400, 404) } } },
    async ({ params: { id } }) => onWire(await requireJob(jobs, id)),
  );

  app.get(
    '/v1/jobs/:id/rejects',
    {
      schema: {
        tags,
        summary: 'Rows that a job refused, with the reasons',
        params: jobParamsOfPath,
        querystring: rejectsQuery,
        response: { 200: rejectsSchema, ...problemsOf(400, 404) },
      },
    },
    async ({ params: { id }, query }) => {
      await requireJob(jobs, id);
      return { rejects: await jobs.rejects(id, query) };
    },
  );

  app.post(
    '/v1/jobs/:id/cancel',
    {
      schema: {
        tags,
        summary: 'Stop a job between two batches',
        description: 'What it has done stays done. A job that has ended stays as it is.',
        params: jobParamsOfPath,
        response: { 200: jobSchema, ...problemsOf(400, 404) },
      },
    },
    async ({ params: { id } }) => onWire(knownJob(await jobs.cancelJob(id), id)),
  );

  app.post(
    '/v1/jobs/:id/retry',
    {
      schema: {
        tags,
        summary: 'Let a job that failed or was canceled go on where it was',
        params: jobParamsOfPath,
        response: { 200: jobSchema, ...problemsOf(400, 404) },
      },
    },
    async ({ params: { id } }) => {
      const job = knownJob(await jobs.retryJob(id), id);
      onJob?.();
      return onWire(job);
    },
  );

  app.get(
    '/v1/jobs/:id/events',
    {
      schema: {
        tags,
        summary: 'A job as server-sent events',
        description: 'An event `job` with the job as JSON at once and after each change; the stream ends with the job.',
        params: jobParamsOfPath,
        response: {
          200: { description: 'Events', content: { 'text/event-stream': { schema: z.unknown() } } },
          ...problemsOf(400, 404),
        },
      },
    },
    async ({ params: { id } }, reply) => {
      await requireJob(jobs, id);
      const gone = callerGone(reply);
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .send(Readable.from(events(id, gone)));
    },
  );

  async function* events(id: string, gone: AbortSignal): AsyncGenerator<string> {
    let sent = '';
    let spoke = performance.now();
    while (!gone.aborted) {
      const job = await jobs.job(id);
      if (job === undefined) return;
      const data = JSON.stringify(onWire(job));
      const isQuiet = performance.now() - spoke > Math.min(SIGN_OF_LIFE_MS, config.clientTimeoutMs / 2);
      if (data !== sent || isQuiet) {
        yield data === sent ? ': still at it\n\n' : `event: job\ndata: ${data}\n\n`;
        spoke = performance.now();
      }
      sent = data;
      if (hasEnded(job)) return;
      await delay(EVENT_EVERY_MS, undefined, { signal: gone }).catch(() => undefined);
    }
  }
};

/** @param body validated against `jobBody`: the only content type that is no stream. */
function asked(body: unknown): StoredJob {
  const { kind, ...rest } = body as z.infer<typeof jobBody>;
  const params = jobParams[kind].safeParse(rest);
  if (!params.success) throw invalidInput('body', params.error);
  return { kind, params: params.data };
}

/** Without what is nobody's outside: the cursor, and where an upload lies. */
function onWire({ cursor: _, ...job }: Job): z.infer<typeof jobSchema> {
  const { total, done, rate, state, kind, params } = job;
  const etaS = state !== 'processing' || total === null || rate === null || rate === 0 ? null : (total - done) / rate;
  const { files, ...shown } = params;
  return { ...job, params: kind === 'import' ? { ...shown, files: Array.isArray(files) ? files.length : 0 } : params, etaS };
}
