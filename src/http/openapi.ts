/** `/openapi.json` and `/docs`, both made from the routes' own schemas. Open to all: they hold nothing of the corpus. */
import swagger, { type SwaggerTransform, type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { requireScope } from './access.ts';
import { withAccess } from './openapi-access.ts';

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
        { name: 'feeds', description: 'Papers to subscribe to' },
        { name: 'papers', description: 'Read and write papers' },
        { name: 'embed', description: 'Vectors for texts' },
        { name: 'service', description: 'State of the service' },
        { name: 'semantic-scholar', description: 'As Semantic Scholar answers: docs/dialects.md' },
        { name: 'hugging-face', description: 'As Hugging Face answers for papers: docs/dialects.md' },
        { name: 'openai', description: 'As OpenAI answers for embeddings: docs/dialects.md' },
        { name: 'tei', description: 'As Text Embeddings Inference answers: docs/dialects.md' },
        { name: 'mcp', description: 'The Model Context Protocol, for agents: docs/dialects.md' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key, where the service has any' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same' },
        },
      },
    },
    transform: (route) => describeRoute(withAccess(route)),
    transformObject: describeComponents,
  });
  await app.register(async (scope) => {
    requireScope(scope, 'open');
    await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCS_CSP, uiConfig: { tryItOutEnabled: true } });
    scope.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });
});

/** The documentation page is swagger-ui's own: it sets styles and draws its icons as data. */
const DOCS_CSP =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; object-src 'none'";

/** The zod transform describes each named schema as input and as output; only what a route refers to is kept. */
const describeComponents: SwaggerTransformObject = (route) => {
  const document = jsonSchemaTransformObject(route);
  if (!('components' in document)) return document;
  const schemas = Object.entries(document.components?.schemas ?? {});
  const text = JSON.stringify({ paths: document.paths, schemas: schemas.filter(([name]) => !name.endsWith('Input')) });
  const used = schemas.filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } } as typeof document;
};

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
      'application/octet-stream': {
        schema: { type: 'string', format: 'binary', description: 'A file as `paperkin import` reads it' },
      },
    },
  };
  return { ...described, schema: { ...described.schema, body } };
};
