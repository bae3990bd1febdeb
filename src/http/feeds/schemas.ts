/** What a feed is asked with. */
import { z } from 'zod';
import { paperIdSchema } from '../../paper.ts';
import { numberParam } from '../number-param.ts';
import { MAX_K, searchQuery } from '../schemas.ts';

/** As many as a recommendation takes. */
const MAX_SEEDS = 100;

const { k: _k, recency: _recency, cursor: _cursor, explain: _explain, fold: _fold, sort: _sort, ...rest } = searchQuery.shape;
const { diversity: _diversity, minScore: _minScore, format: _format, q, mode, ...conditions } = rest;

const entries = {
  k: numberParam(z.int().min(1).max(MAX_K).default(50)).describe(`Entries, 1 to ${MAX_K}`),
  recency: searchQuery.shape.recency
    .unwrap()
    .prefault('1y')
    .describe('Half-life: a paper counts half as much for each such time since it was published (180d, 26w, 6m, 1y)'),
};

/** A parameter that may be given several times. */
const ids = z.preprocess((given) => [given].flat(), z.array(paperIdSchema).max(MAX_SEEDS)).default([]);

export const searchFeedQuery = z.strictObject({ q, mode, ...entries, ...conditions });
export const recommendFeedQuery = z
  .strictObject({
    like: ids.describe('Ids of papers to be near to, the parameter once for each'),
    dislike: ids.describe('Ids of papers to be far from, the parameter once for each'),
    q: q.optional().describe('Free text, as one more thing to be near to'),
    ...entries,
    ...conditions,
  })
  .refine(({ like, q }) => like.length > 0 || q !== undefined, {
    path: ['like'],
    error: 'is missing: name a paper to be near to, or say what you look for with q',
  });
