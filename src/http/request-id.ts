/** One id for a request in the log, in the answer and, where the caller sent it, in the caller's own log. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** What is taken over from a caller: a name, not a text. */
const ACCEPTED = /^[\w.:/+=@-]{1,128}$/;

/** The caller's `x-request-id`, or a new one where there is none or it is no name. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID();
}

export const requestIds = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
});
