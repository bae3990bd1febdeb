/**
 * Clients that are slow on purpose or by accident do not hold connections for ever. A connection that stands still while a body comes
 * or an answer goes out is closed; a JSON body, which is small, must be there in time. The wait for an answer is the service's own.
 */
import { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    bodyTimer: NodeJS.Timeout | null;
  }
}

/** How often Node looks for connections whose headers are late. */
const LOOK_EVERY_MS = 5_000;

/** What Node's own server is told: for headers, and for what comes before there is a request. */
export function socketLimits(timeoutMs: number) {
  return { headersTimeout: timeoutMs, connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, timeoutMs) };
}

export const slowClients = fp(async (app: FastifyInstance, { timeoutMs }: { timeoutMs: number }) => {
  app.decorateRequest('bodyTimer', null);

  app.addHook('preParsing', (request, reply, payload, done) => {
    if (hasBody(request)) {
      allowStill(request, timeoutMs);
      request.raw.once('close', () => allowStill(request, 0));
      request.bodyTimer = setTimeout(() => {
        reply.header('connection', 'close');
        reply.send(new AppError('body_too_slow', `the body was not there within ${timeoutMs} ms`));
      }, timeoutMs);
    }
    done(null, payload);
  });
  // A body that is a stream is handed on at once: only one that is read whole is waited for.
  app.addHook('preValidation', (request, _reply, done) => {
    stop(request);
    done();
  });
  app.addHook('onSend', (request, _reply, payload, done) => {
    stop(request);
    // Node sets the time of a connection that is kept alive when the answer is out.
    allowStill(request, timeoutMs);
    done(null, payload);
  });
});

/** How long nothing may move on the connection; 0: for ever. */
function allowStill({ raw: { socket } }: FastifyRequest, ms: number): void {
  // `inject` has no connection.
  if (socket instanceof Socket) socket.setTimeout(ms);
}

function stop(request: FastifyRequest): void {
  if (request.bodyTimer !== null) clearTimeout(request.bodyTimer);
  request.bodyTimer = null;
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
