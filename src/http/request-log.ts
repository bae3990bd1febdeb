/**
 * One line a request: id, method, route, status, timings, and the names of its key and trace. Routes, not URLs: a query's text is
 * nobody's business. The timings are in the answer's `server-timing` too.
 */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { Timings } from '../recommend/answer.ts';
import { traceIdOf } from '../tracing.ts';

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
  app.onRequestEnd((request, reply, status) => {
    const { key } = request.caller;
    const traceId = request.span?.traceId ?? traceIdOf(request.headers['traceparent']);
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status,
        ms: Math.round(reply.elapsedTime * 1_000) / 1_000,
        ...(request.tookMs !== null && { tookMs: request.tookMs }),
        ...(key !== null && { key }),
        ...(traceId !== undefined && { traceId }),
      },
      'request',
    );
  });
});

/** https://www.w3.org/TR/server-timing/ */
function serverTiming(tookMs: Readonly<Partial<Timings>>): string {
  return Object.entries(tookMs)
    .map(([stage, ms]) => `${stage};dur=${ms}`)
    .join(', ');
}
