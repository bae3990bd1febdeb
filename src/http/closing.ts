/**
 * Lets a shutdown end with the last answer: while it waits for requests in flight, each answer also closes its
 * connection, which a keep-alive client would otherwise hold open, and connections on which nothing is asked are closed.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** What is on its way when the shutdown begins has so long to arrive. */
const LOOK_EVERY_MS = 100;

export const closing = fp(async (app: FastifyInstance) => {
  const { server } = app;
  let isClosing = false;
  /** Browsers and other clients open some connections before they need them. Node counts these as busy. */
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));

  app.addHook('preClose', async () => {
    isClosing = true;
    const timer = setInterval(() => {
      for (const socket of unused) socket.destroy();
      // An answer may have been under way whose headers were written before.
      server.closeIdleConnections();
    }, LOOK_EVERY_MS);
    server.once('close', () => clearInterval(timer));
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close');
    done();
  });
});
