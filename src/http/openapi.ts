/** `/openapi.json` and `/docs`, both made from the routes' own schemas. */
import swagger, { type SwaggerTransform } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

export const openapi = fp(async (app: FastifyInstance, { version }: { version: string }) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Paperkin',
        version,
        description: 'Similar papers and free-text search over a corpus of research papers. Faults are problem details (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'ask', description: 'Find papers' },
        { name: 'papers', description: 'Read and write papers' },
        { name: 'embed', description: 'Vectors for texts' },
        { name: 'service', description: 'State of the service' },
      ],
    },
    transform: describeRoute,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { tryItOutEnabled: true } });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
});

/** The zod transform knows one schema for a body; a route that reads NDJSON too names its schema by content type. */
const describeRoute: SwaggerTransform = (route) => {
  const content = (route.schema?.body as { content?: Record<string, { schema: unknown }> } | undefined)?.content;
  const json = content?.['application/json'];
  if (json === undefined) return jsonSchemaTransform(route);
  const described = jsonSchemaTransform({ ...route, schema: { ...route.schema, body: json.schema } });
  const body = {
    required: true,
    content: {
      'application/json': { schema: described.schema.body },
      'application/x-ndjson': { schema: { type: 'string', description: 'One paper as JSON on each line' } },
    },
  };
  return { ...described, schema: { ...described.schema, body } };
};
