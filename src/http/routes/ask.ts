/** The three ways to ask: free text, papers like one, papers like some and unlike others. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Config } from '../../config.ts';
import type { Answer } from '../../recommend/answer.ts';
import type { Services } from '../../services.ts';
import { requireScope } from '../access.ts';
import { type AskedOptions, askOptions, filterOfParams, nextCursor } from '../ask-options.ts';
import { callerGone } from '../caller-gone.ts';
import { formatOf, inFormats, varyByAccept } from '../formats/format.ts';
import { sendList } from '../formats/send.ts';
import { createAnswerWriter, sendJson } from '../json-bytes.ts';
import { createKeptAnswers, wantsAnew } from '../kept-answers.ts';
import {
  answerSchema,
  idParams,
  listFormatQuery,
  problemsOf,
  recommendBody,
  searchBody,
  searchQuery,
  searchWhyNotQuery,
  similarQuery,
  similarWhyNotParams,
  similarWhyNotQuery,
  whyNotSchema,
} from '../schemas.ts';

const tags = ['ask'];

const headingOf = (q: string) => `Papers for “${q}”`;

export const askRoutes: FastifyPluginAsyncZod<{ services: Services; config: Config }> = async (app, { services, config }) => {
  const { recommender, embedder, indexer } = services;
  requireScope(app, 'read');
  const write = createAnswerWriter();
  const kept = createKeptAnswers(services, config.answerCacheBytes);

  function bytesOf(request: FastifyRequest, reply: FastifyReply, options: AskedOptions, answer: Answer): Uint8Array {
    const { results, more, seeds, plan, warnings, tookMs } = answer;
    request.tookMs = tookMs;
    const { generation } = indexer.generation;
    const said = { nextCursor: nextCursor(options, more), seeds, plan, generation, space: embedder.space, warnings, tookMs };
    return write(reply, results, said);
  }
  /**
   * Answers in the form that is asked for.
   * @param turn of the services when the answer was begun; where it is given, what is sent as JSON is kept.
   */
  function send(
    request: FastifyRequest,
    reply: FastifyReply,
    { options, answer, heading, turn }: { options: AskedOptions; answer: Answer; heading: string; turn?: number | undefined },
  ): FastifyReply {
    const format = formatOf(request);
    if (format !== 'json') return sendList(request, reply, format, answer, { heading, cursor: nextCursor(options, answer.more) });
    const bytes = bytesOf(request, reply, options, answer);
    if (turn !== undefined) kept.keep(request, bytes, turn);
    return sendJson(reply, bytes);
  }

  /** What the connection and the headers say of how to answer. */
  const toldBy = (request: FastifyRequest, reply: FastifyReply) => ({ signal: callerGone(reply), anew: wantsAnew(request) });

  app.get(
    '/v1/search',
    {
      schema: {
        tags,
        summary: 'Papers for a free-text query',
        querystring: searchQuery,
        response: { 200: inFormats(answerSchema), ...problemsOf(400, 429, 503) },
      },
      onRequest: [varyByAccept, kept.serve],
    },
    async (request, reply) => {
      const { turn } = services;
      const { q, mode, ...asked } = request.query;
      const options = askOptions(asked, filterOfParams(asked), { q, mode });
      const answer = await recommender.search(q, { ...options, mode, ...toldBy(request, reply) });
      return send(request, reply, { options, answer, heading: headingOf(q), turn: options.recency === null ? turn : undefined });
    },
  );

  app.post(
    '/v1/search',
    {
      schema: {
        tags,
        summary: 'Papers for a free-text query, asked in a body',
        querystring: listFormatQuery,
        body: searchBody,
        response: { 200: inFormats(answerSchema), ...problemsOf(400, 413, 415, 429, 503) },
      },
      onRequest: varyByAccept,
    },
    async (request, reply) => {
      const { q, mode, filter, ...asked } = request.body;
      const options = askOptions(asked, filter, { q, mode });
      const answer = await recommender.search(q, { ...options, mode, ...toldBy(request, reply) });
      return send(request, reply, { options, answer, heading: headingOf(q) });
    },
  );

  app.get(
    '/v1/papers/:id/similar',
    {
      schema: {
        tags,
        summary: 'Papers like one paper',
        params: idParams,
        querystring: similarQuery,
        response: { 200: inFormats(answerSchema), ...problemsOf(400, 404, 503) },
      },
      onRequest: [varyByAccept, kept.serve],
    },
    async (request, reply) => {
      const { turn } = services;
      const { id } = request.params;
      const options = askOptions(request.query, filterOfParams(request.query), { id });
      const answer = await recommender.similar(id, { ...options, signal: callerGone(reply) });
      // A recent paper is a little older at each answer, and what the graph found may soon be kept ready.
      const isLasting = options.recency === null && answer.plan.nearest?.method !== 'graph';
      return send(request, reply, { options, answer, heading: `Papers like ${id}`, turn: isLasting ? turn : undefined });
    },
  );

  app.get(
    '/v1/search/why-not',
    {
      schema: {
        tags,
        summary: 'Why a paper is not among the results of a search',
        querystring: searchWhyNotQuery,
        response: { 200: whyNotSchema, ...problemsOf(400, 429, 503) },
      },
    },
    async ({ query: { q, mode, id, ...asked } }, reply) => {
      const options = askOptions(asked, filterOfParams(asked), { q, mode });
      return recommender.searchWhyNot(q, id, { ...options, mode, signal: callerGone(reply) });
    },
  );

  app.get(
    '/v1/papers/:id/why-not/:other',
    {
      schema: {
        tags,
        summary: 'Why a paper is not among the papers like another one',
        params: similarWhyNotParams,
        querystring: similarWhyNotQuery,
        response: { 200: whyNotSchema, ...problemsOf(400, 404, 503) },
      },
    },
    async ({ params: { id, other }, query }, reply) =>
      recommender.similarWhyNot(id, other, { ...askOptions(query, filterOfParams(query), { id }), signal: callerGone(reply) }),
  );

  app.post(
    '/v1/recommend',
    {
      schema: {
        tags,
        summary: 'Papers like some and unlike others',
        querystring: listFormatQuery,
        body: recommendBody,
        response: { 200: inFormats(answerSchema), ...problemsOf(400, 404, 413, 415, 429, 503) },
      },
      onRequest: varyByAccept,
    },
    async (request, reply) => {
      const { like, dislike, onMissing, filter, ...asked } = request.body;
      const question = { like, dislike, onMissing };
      const options = askOptions(asked, filter, question);
      const answer = await recommender.recommend(question, { ...options, ...toldBy(request, reply) });
      return send(request, reply, { options, answer, heading: 'Papers like some and unlike others' });
    },
  );
};
