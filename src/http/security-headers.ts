/**
 * What tells browsers to be careful: the headers of helmet on everything that they show, which is open to all; on data, which they do
 * not, what keeps them from showing it. They are the same on each: they are asked for once.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import helmet from 'helmet';

export const securityHeaders = fp(async (app: FastifyInstance) => {
  const shown = await helmetHeaders();
  app.addHook('onRequest', (request, reply, done) => {
    const { scope = 'open' } = request.routeOptions.config;
    reply.headers(scope === 'open' ? shown : DATA);
    done();
  });
});

/** https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers */
const DATA = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

async function helmetHeaders() {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    // HTTPS is the reverse proxy's to promise.
    strictTransportSecurity: false,
  });
  await new Promise<void>((resolve, reject) => {
    protect(request, response, (error) => (error === undefined ? resolve() : reject(error)));
  });
  return response.getHeaders();
}
