/** What the service is and how it does. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Config } from '../../config.ts';
import { describeServices } from '../../describe-services.ts';
import type { Services } from '../../services.ts';
import { healthSchema, infoSchema, problemsOf, readySchema } from '../schemas.ts';

const tags = ['service'];

export const serviceRoutes: FastifyPluginAsyncZod<{ services: Services; config: Config }> = async (app, { services, config }) => {
  app.get(
    '/v1/info',
    { schema: { tags, summary: 'Corpus, model, index and versions', response: { 200: infoSchema } } },
    async () => ({
      name: 'paperkin' as const,
      ...(await describeServices(services, config)),
      node: process.version,
      uptimeS: process.uptime(),
    }),
  );

  app.get(
    '/healthz',
    {
      schema: { tags, summary: 'Is the process alive', response: { 200: healthSchema } },
      logLevel: 'warn',
      config: { scope: 'open' },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: { tags, summary: 'Can it answer', response: { 200: readySchema, ...problemsOf(503) } },
      logLevel: 'warn',
      config: { scope: 'open' },
    },
    async () => {
      // Asks the threads that every answer needs.
      await Promise.all([services.store.revision(), services.index.status()]);
      const { degraded } = services.indexer.generation;
      return { status: degraded === null ? ('ready' as const) : ('degraded' as const), degraded };
    },
  );
};
