/**
 * The end of each request, once: its answer is out, or its caller has gone before. Fastify's own `onResponse` does not tell of the
 * second.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

/** @param status of the answer, or 499, as nginx says it, where nobody was there for one. */
export type RequestEnd = (request: FastifyRequest, reply: FastifyReply, status: number) => void;

declare module 'fastify' {
  interface FastifyInstance {
    onRequestEnd(listener: RequestEnd): void;
  }
  interface FastifyRequest {
    hasEnded: boolean;
  }
}

const CALLER_GONE = 499;

export const requestEnds = fp(async (app: FastifyInstance) => {
  const listeners: RequestEnd[] = [];
  function tell(request: FastifyRequest, reply: FastifyReply, status: number): void {
    if (request.hasEnded) return;
    request.hasEnded = true;
    for (const listener of listeners) listener(request, reply, status);
  }
  app.decorate('onRequestEnd', (listener) => {
    listeners.push(listener);
  });
  app.decorateRequest('hasEnded', false);
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => tell(request, reply, reply.raw.writableEnded ? reply.statusCode : CALLER_GONE));
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    tell(request, reply, reply.statusCode);
    done();
  });
});
