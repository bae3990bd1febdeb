/**
 * One line a request: id, method, route, status, timings, and the names of its key and trace. Routes, not URLs: a query's text is
 * nobody's business. The timings are in the answer's `server-timing` too.
 */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Timings } from '../recommend/answer.ts';
import { traceIdOf } from '../tracing.ts';
import { inBatches } from './in-batches.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by a route that ranks papers or embeds: where its time went. */
    tookMs: Readonly<Partial<Timings>> | null;
  }
}

export const requestLog = fp(async (app: FastifyInstance) => {
  app.decorateRequest('tookMs', null);
  app.decorateRequest('span', null);
  app.addHook('onSend', ({ tookMs }, reply, payload, done) => {
    if (tookMs !== null) reply.header('server-timing', serverTiming(tookMs));
    done(null, payload);
  });
  const lines = inBatches<{ log: FastifyBaseLogger; fields: object }>(({ log, fields }) => log.info(fields, 'request'));
  app.onRequestEnd((request, reply, status) => {
    const { method, tookMs, log } = request;
    const { key } = request.caller;
    const route = request.routeOptions.url ?? null;
    const ms = Math.round(reply.elapsedTime * 1_000) / 1_000;
    const traceId = request.span?.traceId ?? traceIdOf(request.headers['traceparent']);
    const fields = {
      method,
      route,
      status,
      ms,
      ...(tookMs !== null && { tookMs }),
      ...(key !== null && { key }),
      ...(traceId !== undefined && { traceId }),
    };
    lines.add({ log, fields });
  });
  app.addHook('onClose', async () => lines.flush());
});

/** https://www.w3.org/TR/server-timing/ */
function serverTiming(tookMs: Readonly<Partial<Timings>>): string {
  return Object.entries(tookMs)
    .map(([stage, ms]) => `${stage};dur=${ms}`)
    .join(', ');
}
