/** The three ways to ask: free text, papers like one, papers like some and unlike others. */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Answer } from '../../recommend/answer.ts';
import type { Services } from '../../services.ts';
import { callerGone } from '../caller-gone.ts';
import { answerSchema, idParams, problemsOf, recommendBody, searchBody, searchQuery, similarQuery } from '../schemas.ts';

const tags = ['ask'];

export const askRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  const { recommender, embedder, indexer } = services;
  const wire = (request: FastifyRequest, answer: Answer) => {
    request.tookMs = answer.tookMs;
    return { ...answer, generation: indexer.generation.generation, space: embedder.space };
  };

  app.get(
    '/v1/search',
    {
      schema: {
        tags,
        summary: 'Papers for a free-text query',
        querystring: searchQuery,
        response: { 200: answerSchema, ...problemsOf(400, 429, 503) },
      },
    },
    async (request, reply) =>
      wire(request, await recommender.search(request.query.q, { ...request.query, signal: callerGone(reply) })),
  );

  app.post(
    '/v1/search',
    {
      schema: {
        tags,
        summary: 'Papers for a free-text query, asked in a body',
        body: searchBody,
        response: { 200: answerSchema, ...problemsOf(400, 413, 415, 429, 503) },
      },
    },
    async (request, reply) =>
      wire(request, await recommender.search(request.body.q, { ...request.body, signal: callerGone(reply) })),
  );

  app.get(
    '/v1/papers/:id/similar',
    {
      schema: {
        tags,
        summary: 'Papers like one paper',
        params: idParams,
        querystring: similarQuery,
        response: { 200: answerSchema, ...problemsOf(400, 404, 503) },
      },
    },
    async (request) => wire(request, await recommender.similar(request.params.id, request.query)),
  );

  app.post(
    '/v1/recommend',
    {
      schema: {
        tags,
        summary: 'Papers like some and unlike others',
        body: recommendBody,
        response: { 200: answerSchema, ...problemsOf(400, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) =>
      wire(request, await recommender.recommend(request.body, { ...request.body, signal: callerGone(reply) })),
  );
};
