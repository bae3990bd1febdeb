/** One line a request: id, method, route, status, time. Routes, not URLs: a query's text is nobody's business. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

export const requestLog = fp(async (app: FastifyInstance) => {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 1_000) / 1_000,
      },
      'request',
    );
  });
});
