import type { FastifyCorsOptions } from '@fastify/cors';

/** What a page may send, and what of an answer it may read besides the body. */
const SENT = ['authorization', 'content-type', 'mcp-protocol-version', 'traceparent', 'x-api-key', 'x-request-id'];
const READ = ['ratelimit', 'ratelimit-policy', 'retry-after', 'server-timing', 'x-request-id'];
const DAY_S = 86_400;

/** @param origins as browsers send them, or `*`. */
export function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: SENT,
    exposedHeaders: READ,
    maxAge: DAY_S,
    // A preflight that is wrong is answered without permission, not as a fault.
    strictPreflight: false,
  };
}
