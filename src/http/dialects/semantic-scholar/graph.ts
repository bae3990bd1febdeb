/** `/graph/v1`: search, a title's paper, and papers by id. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { AppError } from '../../../errors.ts';
import { readRecord } from '../../../paper.ts';
import type { PaperFilter } from '../../../paper-filter.ts';
import { callerGone } from '../../caller-gone.ts';
import type { DialectOptions } from '../dialect.ts';
import { bestOf, plainText } from '../plain-question.ts';
import { parseFields } from './fields.ts';
import { filterOf, unacceptable } from './filters.ts';
import { resolveIds } from './paper-ids.ts';
import {
  batchBody,
  batchSchema,
  errorSchema,
  fieldsQuery,
  idParams,
  MAX_LISTED,
  matchQuery,
  matchSchema,
  paperSchema,
  restParams,
  searchQuery,
  searchSchema,
} from './schemas.ts';
import { matchTitle } from './title-match.ts';
import { wirePapers } from './wire-papers.ts';

const tags = ['semantic-scholar'];
const faults = { 400: errorSchema, 429: errorSchema, 503: errorSchema };

export const graphRoutes: FastifyPluginAsyncZod<DialectOptions> = async (app, { services }) => {
  const { recommender, store } = services;

  async function paperOf(asked: string, names: string | undefined) {
    const fields = parseFields(names);
    const [id] = await resolveIds(store, [asked]);
    const [paper] = id === undefined ? [] : await store.get([id]);
    const [wire] = paper === undefined ? [] : await wirePapers(services, [paper], fields);
    if (wire === undefined) throw new AppError('paper_not_found', `Paper with id ${asked} not found`);
    return wire;
  }

  app.get(
    '/paper/search',
    {
      schema: {
        tags,
        summary: 'Papers for a plain text',
        description: 'Ranked by meaning and by words together; versions of one work are one paper.',
        querystring: searchQuery,
        response: { 200: searchSchema, ...faults },
      },
    },
    async (request, reply) => {
      const { query, offset, limit, fields: names, ...restrictions } = request.query;
      const fields = parseFields(names);
      const filter = filterOf(restrictions);
      if (offset + limit > MAX_LISTED) {
        throw unacceptable('offset', `${offset}`, `and limit together must be at most ${MAX_LISTED}`);
      }
      const options = { ...bestOf({ k: limit, offset }), filter, signal: callerGone(reply) };
      const { results, more, tookMs } = await recommender.search(plainText(query), { ...options, mode: 'hybrid' });
      request.tookMs = tookMs;
      const end = offset + results.length;
      // Behind the last paper it is not known where that was.
      const isExact = !more && (results.length > 0 || offset === 0);
      return {
        total: isExact ? end : await countOf(filter, more ? { from: end + 1, to: MAX_LISTED } : { from: 0, to: offset }),
        offset,
        ...(more && offset + limit < MAX_LISTED && { next: offset + limit }),
        ...(results.length > 0 && {
          data: await wirePapers(
            services,
            results.map(({ paper }) => readRecord(paper)),
            fields,
          ),
        }),
      };
    },
  );

  /** Papers that match, within bounds; versions of one work are counted each. */
  async function countOf(filter: PaperFilter | undefined, { from, to }: { from: number; to: number }): Promise<number> {
    const count = filter === undefined ? (await store.counts()).papers : (await store.select(filter, { limit: to })).ids.length;
    return Math.max(from, Math.min(count, to));
  }

  app.get(
    '/paper/search/match',
    {
      schema: {
        tags,
        summary: 'The paper with the title that is nearest to a text',
        querystring: matchQuery,
        response: { 200: matchSchema, 404: errorSchema, ...faults },
      },
    },
    async ({ query: { query, fields: names, ...restrictions } }) => {
      const fields = parseFields(names);
      const match = await matchTitle(store, query, filterOf(restrictions));
      const [paper] = match === undefined ? [] : await store.get([match.id]);
      if (match === undefined || paper === undefined) throw new AppError('paper_not_found', 'Title match not found');
      const [wire] = await wirePapers(services, [paper], fields);
      return { data: [{ paperId: '', ...wire, matchScore: match.score }] };
    },
  );

  for (const url of ['/paper/search/bulk', '/paper/autocomplete']) {
    app.get(url, { schema: { hide: true } }, async () => {
      throw new AppError('route_not_found', `${url} is not served here`);
    });
  }

  app.post(
    '/paper/batch',
    {
      schema: {
        tags,
        summary: 'Several papers by id, null for those that are not known',
        querystring: fieldsQuery,
        body: batchBody,
        response: { 200: batchSchema, ...faults, 413: errorSchema, 415: errorSchema },
      },
    },
    async ({ query, body }) => {
      const fields = parseFields(query.fields);
      const ids = await resolveIds(store, body.ids);
      const papers = await store.get(ids.filter((id) => id !== undefined));
      const found = papers.filter((paper) => paper !== undefined);
      if (found.length === 0) throw new AppError('invalid_input', 'No valid paper ids given');
      const wire = await wirePapers(services, found, fields);
      const byId = new Map(found.map(({ id }, i) => [id, wire[i]]));
      return ids.map((id) => byId.get(id ?? '') ?? null);
    },
  );

  app.get(
    '/paper/:paper_id',
    {
      schema: {
        tags,
        summary: 'One paper',
        params: idParams,
        querystring: fieldsQuery,
        response: { 200: paperSchema, 404: errorSchema, ...faults },
      },
    },
    ({ params, query }) => paperOf(params.paper_id, query.fields),
  );
  app.get(
    '/paper/*',
    {
      schema: {
        hide: true,
        params: restParams,
        querystring: fieldsQuery,
        response: { 200: paperSchema, 404: errorSchema, ...faults },
      },
    },
    ({ params, query }) => paperOf(params['*'], query.fields),
  );
};
