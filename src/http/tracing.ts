/** A span for each request, which everything that is done for it lies under. Registered where an SDK has been loaded. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { type RequestSpan, startRequestSpan } from '../tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    span: RequestSpan | null;
  }
}

export const tracing = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    // https://opentelemetry.io/docs/specs/semconv/http/http-spans/
    request.span = startRequestSpan(`${request.method} ${route}`, request.headers, {
      'http.request.method': request.method,
      'http.route': route,
      'paperkin.request_id': request.id,
    });
    request.span.run(done);
  });
  // The reading of a body goes on outside of what began before it.
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.span === null) done();
    else request.span.run(done);
  });
  app.onRequestEnd((request, _reply, status) => {
    request.span?.end({ 'http.response.status_code': status }, status >= 500);
  });
});
