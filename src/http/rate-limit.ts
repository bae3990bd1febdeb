/** A limit of requests a minute for each key, and for each address without one. Open routes do not count: probes and the page's files. */
import limiter, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';

const WINDOW_S = 60;
/** Callers that are counted at a time; the one not seen for longest is forgotten first. */
const CALLERS = 10_000;

/** @param options `perMinute` at least 1. */
export const rateLimit = fp(async (app: FastifyInstance, { perMinute }: { perMinute: number }) => {
  await app.register(limiter, {
    global: false,
    max: perMinute,
    timeWindow: WINDOW_S * 1_000,
    cache: CALLERS,
    keyGenerator: countedAs,
  });
  const count = app.createRateLimit();
  const policy = `"default";q=${perMinute};w=${WINDOW_S}`;

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.scope === 'open') return;
    const counted = await count(request);
    if (counted.isAllowed) return;
    const { remaining, ttlInSeconds, isExceeded } = counted;
    // https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    reply.header('ratelimit-policy', policy).header('ratelimit', `"default";r=${remaining};t=${ttlInSeconds}`);
    if (!isExceeded) return;
    const who = request.caller.key === null ? 'this address' : `the key "${request.caller.key}"`;
    throw new AppError('rate_limited', `${who} may ask ${perMinute} times a minute: try again in ${ttlInSeconds} s`, {
      retryAfterS: Math.max(1, ttlInSeconds),
    });
  });
});

/** Of IPv6 a /64, which is one household: its addresses are as many as it likes. */
function countedAs({ caller, ip }: FastifyRequest): string {
  return caller.key === null ? `address ${normalizeIP(ip)}` : `key ${caller.key}`;
}
