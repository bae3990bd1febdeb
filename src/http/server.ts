/** Opens the services, brings the index up to date, listens, and shuts down without dropping what is in flight. */
import { once } from 'node:events';
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { startJobProcess } from '../job-process-handle.ts';
import { compactWhenWorthIt } from '../jobs/auto-compact.ts';
import { startHealing } from '../jobs/healing.ts';
import { importSeeds } from '../jobs/import-seeds.ts';
import { createJobRunner, type JobRunner } from '../jobs/job-runner.ts';
import { createLogger } from '../logger.ts';
import { openServices, SEED_CORPUS, type Services, UI_DIR } from '../services.ts';
import { readAccessRule } from './access-rule.ts';

/** How often changes made by another process are looked for. */
const CATCH_UP_EVERY_MS = 1_000;
const SHUTDOWN_TIMEOUT_MS = 30_000;

/**
 * Resolves when the service has shut down.
 * @param step told each step of the way to the first answer, a line each.
 */
export async function runServer(config: Config, step: (line: string) => void): Promise<void> {
  const start = performance.now();
  const logger = createLogger(config.logLevel);
  // Said before anything is opened.
  await readAccessRule(config);
  step(`opening ${config.dataDir}`);
  // The processes load the model meanwhile.
  const [services, { buildApp }] = await Promise.all([openServices(config), import('./app.ts')]);
  const { model, runtime } = services.embedder;
  step(`embedding with the model ${model.name}, ${runtime.name}${runtime.notice === null ? '' : `, ${runtime.notice}`}`);
  if (services.notice !== null) step(services.notice);
  let app: FastifyInstance;
  let runner: JobRunner;
  try {
    if (config.seed) await importSeeds(services, SEED_CORPUS, step);
    const { embedded, applied } = await services.indexer.sync({
      onProgress: ({ done, total }) => step(`embedded ${done} of ${total} papers`),
    });
    if (embedded + applied > 0) step(`indexed ${applied} changes`);
    await publishOrSay(services, step);
    runner = await createJobRunner({
      jobs: services.jobs,
      start: (job) => startJobProcess(config, job),
      async onEnd({ id, kind, state, error, report }) {
        logger.info({ job: id, kind, state, error, report }, 'job ended');
        await keepUp();
        await services.indexer.publish();
      },
      onError: (err) => logger.error({ err }, 'a job was lost sight of; it is looked for again'),
    });
    app = await buildApp({ config, logger, services, uiDir: UI_DIR, onJob: () => runner.wake() });
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await services.close();
    throw error;
  }
  /** Brings in what other processes have written, and goes over to the generation that they have switched to. */
  async function keepUp(): Promise<void> {
    if (await services.refresh()) logger.info({ generation: services.indexer.generation.generation }, 'serving another generation');
    await services.indexer.catchUp();
    await compactWhenWorthIt(services);
  }

  let keepingUp: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // The one before may still be at it: a large generation takes longer than a second.
    keepingUp = keepingUp
      .then(keepUp)
      .catch((error: unknown) => logger.error({ err: error }, 'catching up failed; tried again in a second'));
  }, CATCH_UP_EVERY_MS);

  const healing = startHealing(services.indexer, (error) => logger.error({ err: error }, 'mending failed; tried again later'));

  closeWithGrace({ delay: SHUTDOWN_TIMEOUT_MS, logger }, async ({ signal, err }) => {
    if (err) logger.error({ err }, 'shutting down after a fault');
    else logger.info({ signal }, 'shutting down');
    clearInterval(timer);
    healing.stop();
    await Promise.all([app.close(), runner.close()]);
    await keepingUp;
    try {
      await services.indexer.publish();
    } finally {
      await services.close();
    }
  });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const { papers } = await services.store.counts();
  step(
    `serving ${papers} papers on http://${config.host}:${port}, ready after ${((performance.now() - start) / 1_000).toFixed(1)} s`,
  );
  await once(app.server, 'close');
}

/**
 * The index in memory is whole either way: a generation on disk that is damaged or cannot be written stops no answer.
 * `/readyz` says what is wrong until healing has written a whole one.
 */
async function publishOrSay({ indexer }: Services, step: (line: string) => void): Promise<void> {
  if (indexer.generation.degraded === null) await indexer.publish().catch(() => undefined);
  const { degraded } = indexer.generation;
  if (degraded !== null) step(`degraded, a whole generation is written as soon as it can be: ${degraded}`);
}
