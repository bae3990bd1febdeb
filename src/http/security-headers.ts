/** The headers of helmet on every answer. They are the same on each: they are asked for once. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import helmet from 'helmet';

export const securityHeaders = fp(async (app: FastifyInstance) => {
  const headers = await helmetHeaders();
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
});

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
