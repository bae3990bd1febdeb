/** The wire of this dialect. Parameters that are not known are passed over, as theirs are. */
import { z } from 'zod';
import { textSchema } from '../../../text-schema.ts';
import { numberParam } from '../../number-param.ts';

export const MAX_RECOMMENDED = 500;
export const MAX_LISTED = 1_000;
const MAX_PAGE = 100;
const MAX_BATCH = 500;
const MAX_EXAMPLES = 100;

const paperId = textSchema(1_000).describe(
  'An id of ours, a 40-digit paperId, `CorpusId:`, `DOI:`, `ARXIV:` or `URL:` in any case',
);
const fields = z
  .string()
  .max(8_000)
  .optional()
  .describe('Names of fields with commas between them; `paperId` is always there. Default `title`')
  .meta({ examples: ['title,year,externalIds,authors'] });

export const fieldsQuery = z.object({ fields });
/** Documented with one segment; ids with slashes that are not percent-encoded come by a wildcard. */
export const idParams = z.object({ paper_id: paperId.meta({ examples: ['dp-0e9d231d5629'] }) });
export const restParams = z.object({ '*': paperId });

const recommendedLimit = numberParam(z.int().min(1).max(MAX_RECOMMENDED).default(100)).describe('Papers wanted, 1 to 500');
export const forPaperQuery = fieldsQuery.extend({
  limit: recommendedLimit,
  from: z.string().max(100).default('recent').describe('`recent` or `all-cs`: here both are the whole corpus'),
});
export const examplesQuery = fieldsQuery.extend({ limit: recommendedLimit });
const examples = z.array(paperId).max(MAX_EXAMPLES).nullish();
export const examplesBody = z
  .object({ positivePaperIds: examples, negativePaperIds: examples })
  .meta({ examples: [{ positivePaperIds: ['dp-0e9d231d5629'], negativePaperIds: [] }] });

const restriction = z.string().max(1_000).optional();
const restrictions = {
  year: restriction.describe('`2019`, `2016-2020`, `2010-` or `-2015`'),
  publicationDateOrYear: restriction.describe('`2019-03-05`, `2019-03`, `2019`, or two of them with `:` between, either left out'),
  venue: restriction.describe('Venues with commas between them'),
  fieldsOfStudy: restriction.describe('Fields of study with commas between them'),
  minCitationCount: restriction.describe('Refused: not known of papers here'),
  publicationTypes: restriction.describe('Refused: not known of papers here'),
  openAccessPdf: restriction.describe('Refused: not known of papers here'),
};
const query = textSchema(2_000, { error: 'is missing' })
  .describe('Plain text: no sign has a meaning')
  .meta({ examples: ['exact diffusion inversion'] });
export const searchQuery = fieldsQuery.extend({
  query,
  offset: numberParam(z.int().min(0).max(MAX_LISTED).default(0)).describe('Papers to pass over'),
  limit: numberParam(z.int().min(1).max(MAX_PAGE).default(MAX_PAGE)).describe('Papers wanted, 1 to 100'),
  ...restrictions,
});
export const matchQuery = fieldsQuery.extend({ query, ...restrictions });

export const batchBody = z
  .object({ ids: z.array(paperId).max(MAX_BATCH) })
  .meta({ examples: [{ ids: ['dp-0e9d231d5629', 'unknown'] }] });

export const paperSchema = z
  .looseObject({ paperId: z.string() })
  .meta({ id: 'S2Paper', description: 'The fields that were asked for; null for what is not known here' });
export const recommendedSchema = z.object({ recommendedPapers: z.array(paperSchema) });
export const searchSchema = z
  .object({
    total: z.int().describe('An estimate, of which at most 1,000 can be listed; exact on the last page'),
    offset: z.int(),
    next: z.int().optional().describe('Left out on the last page'),
    data: z.array(paperSchema).optional().describe('Left out where there are none'),
  })
  .meta({ id: 'S2Search' });
export const matchSchema = z.object({ data: z.array(paperSchema).length(1).describe('With `matchScore`, 0 to 1') });
export const batchSchema = z.array(paperSchema.nullable());

export const errorSchema = z
  .union([z.object({ error: z.string() }), z.object({ message: z.string(), code: z.string() })])
  .meta({ id: 'S2Error', description: '`message` and `code` where it was no fault of the request' });
