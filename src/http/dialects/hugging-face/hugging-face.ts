/** Hugging Face's papers over the papers here: https://huggingface.co/docs/hub/api#paper-pages-api. */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { AppError } from '../../../errors.ts';
import { type Paper, readRecord } from '../../../paper.ts';
import { canonicalId, parseArxivId } from '../../../paper-id.ts';
import { callerGone } from '../../caller-gone.ts';
import { type Fault, sendReady } from '../../fault.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { bestOf, plainText } from '../plain-question.ts';
import { datesOf } from './periods.ts';
import { dailyQuery, errorSchema, idParams, listSchema, paperSchema, restParams, searchQuery } from './schemas.ts';

const tags = ['hugging-face'];

const routes: FastifyPluginAsyncZod<DialectOptions> = async (app, { services: { recommender, store } }) => {
  async function paperOf(id: string) {
    const found = await store.get([id, canonicalId(id), parseArxivId(id)?.id ?? id]);
    const paper = found.find((one) => one !== undefined);
    if (paper === undefined) throw new AppError('paper_not_found', 'Paper not found');
    return wirePaper(paper);
  }

  app.get(
    '/papers/search',
    {
      schema: {
        tags,
        summary: 'Papers for a plain text',
        querystring: searchQuery,
        response: { 200: listSchema, 400: errorSchema, 429: errorSchema, 503: errorSchema },
      },
    },
    async (request, reply) => {
      const { q, limit } = request.query;
      if (q === '') return (await store.list({ limit })).map(listed);
      const options = { ...bestOf({ k: limit }), mode: 'hybrid' as const, signal: callerGone(reply) };
      const { results, tookMs } = await recommender.search(plainText(q), options);
      request.tookMs = tookMs;
      return results.map(({ paper }) => listed(readRecord(paper)));
    },
  );

  const one = { 200: paperSchema, 400: errorSchema, 404: errorSchema };
  app.get('/papers/:paper_id', { schema: { tags, summary: 'One paper', params: idParams, response: one } }, ({ params }) =>
    paperOf(params.paper_id),
  );
  app.get('/papers/*', { schema: { hide: true, params: restParams, response: one } }, ({ params }) => paperOf(params['*']));

  app.get(
    '/daily_papers',
    {
      schema: {
        tags,
        summary: 'Papers of a day, a week or a month, newest first',
        querystring: dailyQuery,
        response: { 200: listSchema, 400: errorSchema },
      },
    },
    async ({ query: { submitter, limit, p, ...period } }) => {
      if (submitter !== undefined) return [];
      return (await store.list({ limit, offset: p * limit, dated: datesOf(period) })).map(listed);
    },
  );
};

function wirePaper({ id, authors, publishedAt, title, abstract }: Paper): z.infer<typeof paperSchema> {
  return {
    id: id.startsWith('arxiv:') ? id.slice('arxiv:'.length) : id,
    authors: authors.map((name) => ({ name, hidden: false })),
    ...(publishedAt !== null && { publishedAt: instantOf(publishedAt) }),
    title,
    summary: abstract,
    upvotes: 0,
  };
}

function listed(paper: Paper): z.infer<typeof listSchema>[number] {
  const wire = wirePaper(paper);
  const { title, summary, publishedAt } = wire;
  return { paper: wire, ...(publishedAt !== undefined && { publishedAt }), title, summary, numComments: 0 };
}

function instantOf(publishedAt: string): string {
  return `${`${publishedAt}-01-01`.slice(0, 'YYYY-MM-DD'.length)}T00:00:00.000Z`;
}

function sendFault({ status, detail }: Fault, reply: FastifyReply): FastifyReply {
  return sendReady(reply.code(status).type('application/json'), { error: detail });
}

export const huggingFace: Dialect = { name: 'hugging-face', sendFault, parts: [{ prefix: '/api', routes }] };
