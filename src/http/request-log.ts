/** One line a request: id, method, route, status, timings. Routes, not URLs: a query's text is nobody's business. */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Timings } from '../recommend/answer.ts';
import { inBatches } from './in-batches.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by a route that ranks papers: where its time went. */
    tookMs: Timings | null;
  }
}

export const requestLog = fp(async (app: FastifyInstance) => {
  app.decorateRequest('tookMs', null);
  const lines = inBatches<{ log: FastifyBaseLogger; fields: object }>(({ log, fields }) => log.info(fields, 'request'));
  app.addHook('onResponse', (request, reply, done) => {
    const { method, tookMs, log } = request;
    const route = request.routeOptions.url ?? null;
    const ms = Math.round(reply.elapsedTime * 1_000) / 1_000;
    const fields = { method, route, status: reply.statusCode, ms };
    lines.add({ log, fields: tookMs === null ? fields : { ...fields, tookMs } });
    done();
  });
  app.addHook('onClose', async () => lines.flush());
});
