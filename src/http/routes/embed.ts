/** Vectors for texts, as the index sees them. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Services } from '../../services.ts';
import { requireScope } from '../access.ts';
import { callerGone } from '../caller-gone.ts';
import { embedBody, embedSchema, problemsOf } from '../schemas.ts';

export const embedRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services: { embedder } }) => {
  requireScope(app, 'read');
  app.post(
    '/v1/embed',
    {
      schema: {
        tags: ['embed'],
        summary: 'Embed texts',
        body: embedBody,
        response: { 200: embedSchema, ...problemsOf(400, 413, 415, 429, 503) },
      },
      config: { queues: true },
    },
    async (request, reply) => {
      const { texts, kind } = request.body;
      const { vectors, tokenCounts, truncated, tookMs } = await embedder.embed(texts, { kind, signal: callerGone(reply) });
      request.tookMs = tookMs;
      const { dim } = embedder.model;
      return {
        embeddings: texts.map((_, i) => ({
          vector: Array.from(vectors.subarray(i * dim, (i + 1) * dim)),
          tokens: tokenCounts[i] ?? 0,
          truncated: truncated[i] ?? false,
        })),
        dim,
        space: embedder.space,
      };
    },
  );
};
