/** Work for nobody is dropped: when the caller has closed the connection, and when the time for the answer is over. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

/** One for each request that asked for a signal. */
const working = new WeakMap<FastifyRequest, AbortController>();

/**
 * Fires when nobody waits for the answer any more: the connection closes before it is sent, or it took too long.
 * Fastify's own `request.signal` fires as soon as a body has been read: Node closes the request then, not the connection.
 */
export function callerGone({ raw, request }: FastifyReply): AbortSignal {
  const known = working.get(request);
  if (known !== undefined) return known.signal;
  const controller = new AbortController();
  working.set(request, controller);
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new AppError('canceled', 'the caller closed the connection'));
  });
  return controller.signal;
}

/** Fires the signal of a request, if one was asked for. */
export function dropWork(request: FastifyRequest, reason: AppError): void {
  working.get(request)?.abort(reason);
}
