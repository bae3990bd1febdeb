/** The wire of this dialect: https://huggingface.co/docs/hub/api#paper-pages-api. */
import { z } from 'zod';
import { textSchema } from '../../../text-schema.ts';
import { numberParam } from '../../number-param.ts';

export const searchQuery = z.object({
  q: z
    .string()
    .max(250, 'must have at most 250 characters')
    .trim()
    .default('')
    .describe('Plain text: no sign has a meaning; left out, the newest papers')
    .meta({ examples: ['exact diffusion inversion'] }),
  limit: numberParam(z.int().min(1).max(120).default(120)).describe('Papers wanted, 1 to 120'),
});

const id = textSchema(300)
  .describe('An arXiv id such as `2211.12446`, or an id of ours')
  .meta({ examples: ['dp-0e9d231d5629'] });
export const idParams = z.object({ paper_id: id });
export const restParams = z.object({ '*': id });

export const dailyQuery = z
  .object({
    date: z.iso.date('must be a day as YYYY-MM-DD').optional(),
    week: z
      .string()
      .regex(/^\d{4}-W(?:0[1-9]|[1-4]\d|5[0-3])$/, 'must be a week as YYYY-Www')
      .optional()
      .describe('ISO 8601'),
    month: z
      .string()
      .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'must be a month as YYYY-MM')
      .optional(),
    submitter: z.string().max(100).optional().describe('Nobody submits papers here: with it there are none'),
    sort: z.enum(['publishedAt', 'trending']).default('publishedAt').describe('Nothing trends here: both are newest first'),
    limit: numberParam(z.int().min(1).max(100).default(50)).describe('Papers on a page, 1 to 100'),
    p: numberParam(z.int().min(0).max(1_000).default(0)).describe('Page, from 0'),
  })
  .refine(({ date, week, month }) => [date, week, month].filter((one) => one !== undefined).length <= 1, {
    error: 'only one of date, week and month can be given',
  });

const publishedAt = z.string().optional().describe('Left out where it is not known; the first day of a month or year alone');

export const paperSchema = z
  .object({
    id: z.string(),
    authors: z.array(z.object({ name: z.string(), hidden: z.boolean() })),
    publishedAt,
    title: z.string(),
    summary: z.string(),
    upvotes: z.int().describe('Always 0: nobody votes here'),
  })
  .meta({ id: 'HfPaper' });
export const listSchema = z.array(
  z
    .object({
      paper: paperSchema,
      publishedAt,
      title: z.string(),
      summary: z.string(),
      numComments: z.int().describe('Always 0'),
    })
    .meta({ id: 'HfListedPaper' }),
);

export const errorSchema = z.object({ error: z.string() }).meta({ id: 'HfError' });
