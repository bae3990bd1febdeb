import type { FastifyReply } from 'fastify';

/**
 * Fires when the connection closes before the answer is sent, so that work for nobody is dropped.
 * Fastify's own `request.signal` fires as soon as a body has been read: Node closes the request then, not the connection.
 */
export function callerGone({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
