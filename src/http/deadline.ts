/**
 * A time limit for every route that only reads, whatever plugin it lives in: when it has passed, the answer is a fault and the work
 * for it is dropped. What writes has none, for half a write is worse than a late one.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { dropWork } from './caller-gone.ts';

/** @param options `limitMs` at least 1. */
export const deadlines = fp(async (app: FastifyInstance, { limitMs }: { limitMs: number }) => {
  app.addHook('onRoute', (route) => {
    route.handler = withDeadline(route.handler, limitMs);
  });
});

function withDeadline(handler: RouteHandlerMethod, limitMs: number): RouteHandlerMethod {
  return function (request, reply) {
    const answer: unknown = handler.call(this, request, reply);
    const { scope } = request.routeOptions.config;
    // A handler that has sent its answer itself is not waited for.
    return answer instanceof Promise && scope !== 'write' && scope !== 'admin' ? within(answer, limitMs, request, reply) : answer;
  };
}

function within(answer: Promise<unknown>, limitMs: number, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // What is on its way out is waited for as long as the caller reads it.
      if (reply.sent) return;
      const late = new AppError('timed_out', `no answer within ${limitMs} ms: ask for less, or try again`, { retryAfterS: 1 });
      dropWork(request, late);
      reject(late);
    }, limitMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
