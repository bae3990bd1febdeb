/** One line a request: id, method, route, status, timings. Routes, not URLs: a query's text is nobody's business. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Timings } from '../recommend/answer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by a route that ranks papers: where its time went. */
    tookMs: Timings | null;
  }
}

export const requestLog = fp(async (app: FastifyInstance) => {
  app.decorateRequest('tookMs', null);
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 1_000) / 1_000,
        ...(request.tookMs !== null && { tookMs: request.tookMs }),
      },
      'request',
    );
  });
});
