/** What the tools take and give. */
import { z } from 'zod';
import { storedIdSchema } from '../../../paper.ts';
import { paperConditionsSchema } from '../../../paper-filter.ts';
import { textSchema } from '../../../text-schema.ts';
import { paperSchema as wirePaper } from '../../schemas.ts';

/** What stands in the context of a model is paid for. */
const MAX_PAPERS = 50;
const MAX_SEEDS = 20;
const MAX_TEXT = 2_000;

const id = storedIdSchema.describe('Id as a list gives it, an arXiv id (2211.12446), a DOI or a link to either');
const text = textSchema(MAX_TEXT, { empty: 'must not be empty: say what you look for' });
const { from, to, category, author, venue } = paperConditionsSchema.shape;
const wanted = {
  k: z.int().min(1).max(MAX_PAPERS).default(10).describe(`Papers wanted, 1 to ${MAX_PAPERS}`),
  abstracts: z.boolean().default(true).describe('With abstracts, about 230 tokens each; get_paper gives a single one'),
  from,
  to,
  category,
  author,
  venue,
};

export const searchInput = z.strictObject({
  query: text.describe('An interest, a question or a title, in plain words; "a phrase" must occur, -word must not'),
  mode: z
    .enum(['hybrid', 'dense', 'lexical'])
    .default('hybrid')
    .describe('By meaning (dense), by words (lexical) or both (hybrid)'),
  ...wanted,
});

export const similarInput = z.strictObject({
  like: z.array(id).min(1, 'must name at least one paper').max(MAX_SEEDS).describe('Ids of papers to be like'),
  dislike: z.array(id).max(MAX_SEEDS).default([]).describe('Ids of papers to be unlike'),
  text: text.optional().describe('An interest in plain words, as one more thing to be like'),
  ...wanted,
});

export const getInput = z.strictObject({ id });

const paper = wirePaper.extend({ abstract: z.string().optional().describe('May be empty; left out where not asked for') });
const papers = z.array(
  z.object({
    rank: z.int(),
    score: z.number().describe('Higher is better, comparable within one answer'),
    ...paper.shape,
    versions: z.array(z.string()).describe('Ids of other versions of the same work'),
  }),
);
const warnings = z.array(z.string()).describe('What could not be read well of the text');

export const searchOutput = z.object({ papers, warnings });
export const similarOutput = z.object({
  papers,
  warnings,
  missing: z.array(z.string()).describe('Ids that are not known here: the answer goes without them'),
});
export const getOutput = z.object({ paper: z.object(wirePaper.shape) });
