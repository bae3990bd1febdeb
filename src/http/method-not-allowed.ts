/** An address that is served for other methods says which, with 405: whatever plugin it lives in. */
import type { FastifyInstance, HTTPMethods } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../config.ts';
import { senderFor } from './dialects/dialects.ts';
import { methodNotAllowed } from './fault.ts';

/** Of requests that browsers send on their own before others: what CORS answers, or nobody. */
const NOT_ASKED_FOR = 'OPTIONS';

declare module 'fastify' {
  interface FastifyInstance {
    /** Serves the methods that are left over of every route there is: to be called when all are. */
    refuseOtherMethods(): void;
  }
}

/** To be registered before the routes. */
export const methodsNotAllowed = fp(async (app: FastifyInstance, { config }: { config: Config }) => {
  const urls = new Set<string>();
  app.addHook('onRoute', ({ url }) => {
    // What is served for every address that nobody else serves is no address.
    if (!/^\/?\*$/.test(url)) urls.add(url);
  });
  app.decorate('refuseOtherMethods', () => {
    const methods = app.supportedMethods as HTTPMethods[];
    for (const url of [...urls]) {
      const isServed = (method: HTTPMethods) => app.hasRoute({ method, url });
      const allowed = methods.filter(isServed).join(', ');
      app.route({
        method: methods.filter((method) => method !== NOT_ASKED_FOR && !isServed(method)),
        url,
        schema: { hide: true },
        config: { scope: 'open' },
        // Before anything of a body is read.
        onRequest: async (request, reply) =>
          senderFor(request.url, config)(methodNotAllowed(request, reply, allowed), reply.header('allow', allowed)),
        handler: () => undefined,
      });
    }
  });
});
