/** `/recommendations/v1`: papers like one, papers like some and unlike others. */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { AppError } from '../../../errors.ts';
import { type PaperId, readRecord } from '../../../paper.ts';
import type { Answer } from '../../../recommend/answer.ts';
import { callerGone } from '../../caller-gone.ts';
import type { DialectOptions } from '../dialect.ts';
import { bestOf } from '../plain-question.ts';
import { parseFields, type WantedFields } from './fields.ts';
import { resolveIds } from './paper-ids.ts';
import { errorSchema, examplesBody, examplesQuery, forPaperQuery, idParams, recommendedSchema, restParams } from './schemas.ts';
import { wirePapers } from './wire-papers.ts';

const tags = ['semantic-scholar'];
const response = { 200: recommendedSchema, 400: errorSchema, 404: errorSchema, 429: errorSchema, 503: errorSchema };
const POOLS = ['recent', 'all-cs'];

export const recommendationRoutes: FastifyPluginAsyncZod<DialectOptions> = async (app, { services }) => {
  const { recommender, store } = services;

  async function known(asked: readonly string[]): Promise<PaperId[]> {
    const ids = await resolveIds(store, asked);
    const missing = asked.filter((_, i) => ids[i] === undefined);
    if (missing.length > 0) {
      throw new AppError('paper_not_found', missing.map((id) => `Paper with id ${id} not found`).join('; '));
    }
    return ids.filter((id) => id !== undefined);
  }

  async function wire(request: FastifyRequest, { results, tookMs }: Answer, fields: WantedFields) {
    request.tookMs = tookMs;
    const papers = results.map(({ paper }) => readRecord(paper));
    return { recommendedPapers: await wirePapers(services, papers, fields) };
  }

  async function forPaper(request: FastifyRequest, asked: string, { limit, from, fields: names }: z.infer<typeof forPaperQuery>) {
    const fields = parseFields(names);
    if (!POOLS.includes(from)) {
      const message = `Unrecognized value '${from}' for \`from\`. Restrict to: \`['recent', 'all-cs']\``;
      throw new AppError('invalid_input', message, { issues: [{ path: 'from', message }] });
    }
    const [id = ''] = await known([asked]);
    return wire(request, await recommender.similar(id, bestOf({ k: limit })), fields);
  }

  app.get(
    '/papers/forpaper/:paper_id',
    { schema: { tags, summary: 'Papers like one paper', params: idParams, querystring: forPaperQuery, response } },
    (request) => forPaper(request, request.params.paper_id, request.query),
  );
  app.get('/papers/forpaper/*', { schema: { hide: true, params: restParams, querystring: forPaperQuery, response } }, (request) =>
    forPaper(request, request.params['*'], request.query),
  );

  for (const url of ['/papers/', '/papers']) {
    app.post(
      url,
      {
        schema: {
          tags,
          hide: url === '/papers',
          summary: 'Papers like some and unlike others',
          querystring: examplesQuery,
          body: examplesBody,
          response: { ...response, 413: errorSchema, 415: errorSchema },
        },
      },
      async (request, reply) => {
        const { positivePaperIds, negativePaperIds } = request.body;
        const fields = parseFields(request.query.fields);
        if ((positivePaperIds ?? []).length === 0) throw new AppError('invalid_input', 'No positive paper examples given');
        const [like, dislike] = await Promise.all([known(positivePaperIds ?? []), known(negativePaperIds ?? [])]);
        const seeds = (ids: readonly PaperId[]) => ids.map((id) => ({ id, weight: 1 }));
        const options = { ...bestOf({ k: request.query.limit }), signal: callerGone(reply) };
        const asked = { like: seeds(like), dislike: seeds(dislike), onMissing: 'error' as const };
        return wire(request, await recommender.recommend(asked, options), fields);
      },
    );
  }
};
