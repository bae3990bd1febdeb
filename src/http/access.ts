/** Who asks, and whether he may: keys and scopes for every route, whatever plugin it lives in. */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { includesScope, keyFinder, type Scope } from '../api-keys.ts';
import { AppError } from '../errors.ts';
import type { AccessRule } from './access-rule.ts';

export interface Caller {
  /** Of the key; null without one that is known. */
  key: string | null;
  scope: Scope | 'none';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs; `open` is nothing. Default: `read` for GET, `write` for everything else. Set for every route. */
    scope?: Scope | 'open';
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const CHALLENGE = 'Bearer realm="paperkin"';

/** What a route needs. */
export function scopeOf({ method, config }: Pick<RouteOptions, 'method' | 'config'>): Scope | 'open' {
  const methods = Array.isArray(method) ? method : [method];
  return config?.scope ?? (methods.every((one) => READING.has(one.toUpperCase())) ? 'read' : 'write');
}

/** What every route of a plugin needs, but those that are open. */
export function requireScope(app: FastifyInstance, scope: Scope | 'open'): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.scope !== 'open') route.config = { ...route.config, scope };
  });
}

/** Finds out who asks. A key that is not known here is none: clients of other services send theirs everywhere. */
export const callers = fp(async (app: FastifyInstance, { keys, anonymous }: AccessRule) => {
  const find = keyFinder(keys);
  const nobody: Caller = { key: null, scope: anonymous };
  app.decorateRequest('caller');
  app.addHook('onRequest', (request, _reply, done) => {
    const presented = keys.length === 0 ? undefined : presentedKey(request);
    const key = presented === undefined ? undefined : find(presented);
    request.caller = key === undefined ? nobody : { key: key.name, scope: key.scope };
    done();
  });
});

/** Turns away who may not, before anything of a body is read. */
export const scopes = fp(async (app: FastifyInstance) => {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, scope: scopeOf(route) };
  });
  app.addHook('onRequest', (request, reply, done) => {
    const { caller, routeOptions } = request;
    // Only what no route serves has none.
    const needed = routeOptions.config.scope ?? 'open';
    if (needed === 'open' || includesScope(caller.scope, needed)) return done();
    if (caller.key !== null) {
      const message = `the key "${caller.key}" has the scope "${caller.scope}", this needs "${needed}"`;
      return done(new AppError('forbidden', message));
    }
    reply.header('www-authenticate', CHALLENGE);
    const message =
      presentedKey(request) === undefined ? `this needs a key with the scope "${needed}"` : 'this key is not known here';
    done(new AppError('unauthorized', `${message}: send one as "Authorization: Bearer KEY" or as "X-Api-Key: KEY"`));
  });
});

function presentedKey({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'];
  return bearer ?? (typeof key === 'string' && key !== '' ? key : undefined);
}
