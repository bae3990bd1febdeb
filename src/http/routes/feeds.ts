/** Feeds to subscribe to: an interest in words, or papers like some and unlike others. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import fresh from 'fresh';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import type { Answer } from '../../recommend/answer.ts';
import type { AskOptions } from '../../recommend/recommender.ts';
import type { Services } from '../../services.ts';
import { filterOfParams } from '../ask-options.ts';
import { baseUrl } from '../base-url.ts';
import { callerGone } from '../caller-gone.ts';
import { ATOM, atomOf } from '../feeds/atom.ts';
import { feedOf } from '../feeds/feed.ts';
import { JSON_FEED, jsonFeedOf, jsonFeedSchema } from '../feeds/json-feed.ts';
import { recommendFeedQuery, searchFeedQuery } from '../feeds/schemas.ts';
import { problemsOf } from '../schemas.ts';

const tags = ['feeds'];

const FORMATS = [
  { extension: 'atom', name: 'Atom', type: ATOM, schema: z.string(), write: atomOf },
  { extension: 'json', name: 'JSON Feed', type: JSON_FEED, schema: jsonFeedSchema, write: jsonFeedOf },
] as const;
type Format = (typeof FORMATS)[number];

interface Question {
  title: string;
  /** What is asked, without how many. */
  asked: object;
  /** Path and parameters of the page that shows the same. */
  home: string;
}

export const feedRoutes: FastifyPluginAsyncZod<{ services: Services; config: Config }> = async (app, { services, config }) => {
  const { recommender, store } = services;

  function send(request: FastifyRequest, reply: FastifyReply, format: Format, answer: Answer, question: Question): FastifyReply {
    request.tookMs = answer.tookMs;
    const base = baseUrl(request, config);
    const { title, asked, home } = question;
    const self = new URL(base + request.url).href;
    const parts = { question: asked, title: `Paperkin: ${title}`, home: base + home, self, base };
    const body = format.write(feedOf(answer.results, parts));
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    reply.headers({ etag, 'cache-control': 'no-cache' });
    if (fresh(request.headers, { etag })) return reply.code(304).send();
    return reply.type(`${format.type}; charset=utf-8`).send(Buffer.from(body));
  }

  /** Papers must match well or be new: scores count half for each half-life. */
  function options({ k, recency }: { k: number; recency: number }, reply: FastifyReply): AskOptions {
    return { k, recency, offset: 0, fold: true, diversity: 0, sort: 'score', minScore: null, signal: callerGone(reply) };
  }

  for (const format of FORMATS) {
    const { extension, name, type, schema } = format;
    const response = {
      200: { description: name, content: { [type]: { schema } } },
      304: z.null().describe('Unchanged since the answer with that ETag'),
    };

    app.get(
      `/v1/feeds/search.${extension}`,
      {
        schema: {
          tags,
          summary: `Papers for a free-text query, newest first, as ${name}`,
          querystring: searchFeedQuery,
          response: { ...response, ...problemsOf(400, 429, 503) },
        },
      },
      async (request, reply) => {
        const { q, mode, k, recency, ...conditions } = request.query;
        const filter = filterOfParams(conditions);
        const answer = await recommender.search(q, { ...options({ k, recency }, reply), mode, filter });
        const home = `/?${new URLSearchParams({ q, mode, ...pageParams(conditions) })}`;
        return send(request, reply, format, answer, { title: q, asked: { q, mode, recency, filter }, home });
      },
    );

    app.get(
      `/v1/feeds/recommend.${extension}`,
      {
        schema: {
          tags,
          summary: `Papers like some and unlike others, newest first, as ${name}`,
          description: 'Ids that are not known are passed over.',
          querystring: recommendFeedQuery,
          response: { ...response, ...problemsOf(400, 404, 429, 503) },
        },
      },
      async (request, reply) => {
        const { like, dislike, q, k, recency, ...conditions } = request.query;
        const filter = filterOfParams(conditions);
        const seed = (id: string) => ({ id, weight: 1 });
        const liked = [...like.map(seed), ...(q === undefined ? [] : [{ text: q, weight: 1 }])];
        const seeds = { like: liked, dislike: dislike.map(seed), onMissing: 'skip' as const };
        const answer = await recommender.recommend(seeds, { ...options({ k, recency }, reply), filter });
        const named = [...(await store.get(like)).flatMap((paper) => paper?.title ?? []), ...(q === undefined ? [] : [q])];
        const home = new URLSearchParams({ ...(q !== undefined && { q }), ...pageParams(conditions) });
        for (const id of like) home.append('like', id);
        for (const id of dislike) home.append('dislike', id);
        return send(request, reply, format, answer, {
          title: `papers like ${named[0]}${named.length > 1 ? ` and ${named.length - 1} more` : ''}`,
          asked: { like, dislike, q, recency, filter },
          home: `/like-these?${home}`,
        });
      },
    );
  }
};

/** Conditions as the page has them in its address. */
function pageParams(conditions: object): Record<string, string> {
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
