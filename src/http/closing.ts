/**
 * Lets a shutdown end with the last answer: while it waits for requests in flight, each answer also closes its
 * connection, which a keep-alive client would otherwise hold open.
 */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

export const closing = fp(async (app: FastifyInstance) => {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close');
    done();
  });
});
