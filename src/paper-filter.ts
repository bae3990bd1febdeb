/** Which papers are meant, as data: a condition, or conditions joined by and, or and not. The same on the wire and inside. */
import { z } from 'zod';
import { publishedAtSchema } from './paper.ts';
import { textSchema } from './text-schema.ts';

const PRESENT = ['abstract', 'authors', 'date', 'venue', 'url', 'categories'] as const;

/** Deeper or longer than a person writes or a page sends. */
const MAX_DEPTH = 6;
const MAX_CONDITIONS = 64;

/** All that are named must hold; none named is every paper. */
export interface PaperConditions {
  /**
   * `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. A date that is less exact stands for all its days, here and in a paper, and one day
   * in common is enough: a paper of `2020` is both `from` `2020-06` and `to` `2020-03`. A paper without a date is neither.
   */
  from?: string | undefined;
  to?: string | undefined;
  /** The category itself and all below it (`cs` and `cs.*`: `cs.CL`, not `csx`). The case of ASCII letters is ignored. */
  category?: string | undefined;
  /** These words in this order, whole, anywhere in the venue: `acl` is in `ACL 2020`, not in `NAACL`. No case, no diacritics. */
  venue?: string | undefined;
  /** One name has all these words, whole, in any order. No case, no diacritics. */
  author?: string | undefined;
  minAuthors?: number | undefined;
  maxAuthors?: number | undefined;
  /** The whole word of the source. The case of ASCII letters is ignored. */
  source?: string | undefined;
  has?: (typeof PRESENT)[number] | undefined;
  /** These words in this order in the title or in the abstract; other forms of a word count, as in a lexical search. */
  phrase?: string | undefined;
  /** The same with a single word. */
  word?: string | undefined;
}

/** A filter is two-valued: what a paper does not say matches no condition, so it matches the condition's `not`. */
export type PaperFilter = { and: PaperFilter[] } | { or: PaperFilter[] } | { not: PaperFilter } | PaperConditions;

const namedSchema = (max: number, example: string) =>
  textSchema(max, {
    error: `must be a text such as "${example}"`,
    empty: `must not be empty: leave it out, or say what is meant, such as "${example}"`,
    long: `must have at most ${max} characters`,
  });

/** Letters of every language: not all who read the OpenAPI document agree on them, so it is silent on this. */
const HAS_WORD = /[\p{L}\p{N}]/u;

const wordsSchema = (max: number, example: string) =>
  namedSchema(max, example).refine((text) => HAS_WORD.test(text), `must have a letter or a digit, such as "${example}"`);

const countSchema = z
  .int('must be a whole number from 1 to 100000')
  .min(1, 'must be 1 or more')
  .max(100_000, 'must be 100000 or less');

const conditions = {
  from: publishedAtSchema.optional().describe('Published on this day or later; a year or a month alone begins with its first day'),
  to: publishedAtSchema.optional().describe('Published on this day or earlier; a year or a month alone ends with its last day'),
  category: namedSchema(200, 'cs.CL')
    .regex(/^(?!\.?\*$)/, 'must name a category, such as "cs.CL" or "cs.*"')
    .optional()
    .describe('In this category or one below it: `cs` and `cs.*` hold `cs.CL`. Case does not count'),
  venue: wordsSchema(500, 'NeurIPS').optional().describe('The venue has these whole words in this order: `acl` finds `ACL 2020`'),
  author: wordsSchema(200, 'Kaiming He')
    .optional()
    .describe('An author whose name has all these whole words, in any order; case and accents do not count'),
  minAuthors: countSchema.optional().describe('At least so many authors'),
  maxAuthors: countSchema.optional().describe('At most so many authors'),
  source: namedSchema(200, 'arxiv').optional().describe('The record came from this source; case does not count'),
  has: z
    .enum(PRESENT, `must be one of ${PRESENT.join(', ')}`)
    .optional()
    .describe('The paper says this of itself'),
  phrase: wordsSchema(500, 'graph neural network')
    .optional()
    .describe('These words in this order in title or abstract; other forms of a word count'),
  word: wordsSchema(100, 'transformer')
    .regex(/^\S+$/, 'must be one word: use phrase for several')
    .optional()
    .describe('This word in title or abstract; other forms of it count'),
};

function checkRanges({ from, to, minAuthors, maxAuthors }: PaperConditions, context: z.RefinementCtx): void {
  // A month or a year ends with its last day: what is a beginning of the other is no contradiction.
  if (from !== undefined && to !== undefined && from > to && !from.startsWith(to)) {
    context.addIssue({ code: 'custom', path: ['from'], message: `must not be after to: ${from} is later than ${to}` });
  }
  if (minAuthors !== undefined && maxAuthors !== undefined && minAuthors > maxAuthors) {
    context.addIssue({
      code: 'custom',
      path: ['minAuthors'],
      message: `must not be more than maxAuthors: ${minAuthors} is more than ${maxAuthors}`,
    });
  }
}

const NAMES = ['and', 'or', 'not', ...Object.keys(conditions)];

/** Conditions without and, or and not: what fits into a query string. */
export const paperConditionsSchema = z.strictObject(conditions).superRefine(checkRanges);

const nodeSchema: z.ZodType<PaperFilter, unknown> = z
  .strictObject(
    {
      get and() {
        return listSchema.optional().describe('All of these match');
      },
      get or() {
        return listSchema.optional().describe('At least one of these matches');
      },
      get not(): z.ZodOptional<z.ZodType<PaperFilter, unknown>> {
        return nodeSchema.optional().describe('This does not match');
      },
      ...conditions,
    },
    {
      error: ({ code, keys }) =>
        code === 'unrecognized_keys'
          ? `has ${(keys ?? []).map((key) => `"${key}"`).join(', ')}, which is no condition: use ${NAMES.join(', ')}`
          : 'must be an object such as {"category": "cs.CL"}',
    },
  )
  .superRefine(checkRanges)
  .transform(({ and, or, not, ...rest }, context): PaperFilter => {
    const joined: PaperFilter[] = [
      ...(and === undefined ? [] : [{ and }]),
      ...(or === undefined ? [] : [{ or }]),
      ...(not === undefined ? [] : [{ not }]),
    ];
    const [only] = joined;
    if (only === undefined) return rest;
    if (joined.length === 1 && Object.keys(rest).length === 0) return only;
    context.addIssue({ code: 'custom', message: 'has and, or or not beside other keys: put them all into one "and" list' });
    return z.NEVER;
  })
  .meta({ id: 'PaperFilter', description: 'Which papers are meant; several conditions in one object must all hold' });

const listSchema = z
  .array(nodeSchema, 'must be a list of filters')
  .min(1, 'must hold at least one filter: leave it out, or fill it');

/** A filter as a caller sends it. */
export const paperFilterSchema: z.ZodType<PaperFilter, unknown> = z.preprocess((input, context) => {
  const excess = excessOf(input);
  if (excess === undefined) return input;
  context.addIssue({ code: 'custom', message: excess, input });
  return z.NEVER;
}, nodeSchema);

/** What is too much of a filter, found without recursion and before any of it is parsed. */
function excessOf(input: unknown): string | undefined {
  const open: { node: unknown; depth: number }[] = [{ node: input, depth: 1 }];
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (depth > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep: join what is under one and, or or not`;
    const { and, or, not, ...rest } = typeof node === 'object' && node !== null ? (node as Record<string, unknown>) : {};
    const children = [and, or].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
    if (not !== undefined) children.push(not);
    seen += children.length === 0 ? Math.max(1, Object.keys(rest).length) : 0;
    if (seen + open.length + children.length > MAX_CONDITIONS) {
      return `has more than ${MAX_CONDITIONS} conditions: ask with fewer of them`;
    }
    for (const child of children) open.push({ node: child, depth: depth + 1 });
  }
  return undefined;
}
