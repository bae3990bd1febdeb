// Covers a filter as it comes from outside: what is taken, and what each refusal says.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type PaperFilter, paperConditionsSchema, paperFilterSchema } from '#dist/paper-filter.js';

/** `path: message` of each thing wrong. */
function faultsOf(input: unknown, schema: z.ZodType = paperFilterSchema): string[] {
  const { error } = schema.safeParse(input);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function nested(depth: number): unknown {
  return depth === 1 ? { word: 'deep' } : { not: nested(depth - 1) };
}

it.each<PaperFilter>([
  {},
  { from: '2020', to: '2020-06-30', category: 'cs.*', venue: 'NeurIPS', author: 'He, Kaiming', minAuthors: 2, maxAuthors: 2 },
  { source: 'arxiv', has: 'abstract', phrase: 'graph neural network', word: 'state-of-the-art' },
  { from: '2020-06', to: '2020' },
  { and: [{ category: 'cs.CL' }, { or: [{ from: '2024' }, { not: { has: 'date' } }] }] },
])('takes %j as it is', (filter) => {
  expect(paperFilterSchema.parse(filter)).toEqual(filter);
});

it('trims texts', () => {
  expect(paperFilterSchema.parse({ and: [{ word: ' graph ' }] })).toEqual({ and: [{ word: 'graph' }] });
});

it.each([
  [{ from: '2020-13' }, 'from: must be a date as YYYY, YYYY-MM or YYYY-MM-DD'],
  [{ to: 2020 }, 'to: must be a date as YYYY, YYYY-MM or YYYY-MM-DD'],
  [{ from: '2021', to: '2020-12' }, 'from: must not be after to: 2021 is later than 2020-12'],
  [{ minAuthors: 3, maxAuthors: 2 }, 'minAuthors: must not be more than maxAuthors: 3 is more than 2'],
  [{ minAuthors: '3' }, 'minAuthors: must be a whole number from 1 to 100000'],
  [{ maxAuthors: 0 }, 'maxAuthors: must be 1 or more'],
  [{ category: '' }, 'category: must not be empty: leave it out, or say what is meant, such as "cs.CL"'],
  [{ category: '*' }, 'category: must name a category, such as "cs.CL" or "cs.*"'],
  [{ category: ['cs.CL'] }, 'category: must be a text such as "cs.CL"'],
  [{ author: '??' }, 'author: must have a letter or a digit, such as "Kaiming He"'],
  [{ source: 'x'.repeat(201) }, 'source: must have at most 200 characters'],
  [{ word: 'two words' }, 'word: must be one word: use phrase for several'],
  [{ has: 'doi' }, 'has: must be one of abstract, authors, date, venue, url, categories'],
  [{ and: [{ category: 'cs' }, { or: [{ from: 'May' }] }] }, 'and.1.or.0.from: must be a date as YYYY, YYYY-MM or YYYY-MM-DD'],
  [{ and: [] }, 'and: must hold at least one filter: leave it out, or fill it'],
  [{ or: { word: 'a' } }, 'or: must be a list of filters'],
  [{ not: 'cs' }, 'not: must be an object such as {"category": "cs.CL"}'],
  ['cs.CL', ': must be an object such as {"category": "cs.CL"}'],
  [null, ': must be an object such as {"category": "cs.CL"}'],
  [
    { not: { categry: 'cs.CL' } },
    'not: has "categry", which is no condition: use and, or, not, from, to, category, venue, author, minAuthors, maxAuthors, source, has, phrase, word',
  ],
  [{ and: [{ word: 'a' }], from: '2020' }, ': has and, or or not beside other keys: put them all into one "and" list'],
  [{ or: [{ word: 'a' }], not: { word: 'b' } }, ': has and, or or not beside other keys: put them all into one "and" list'],
])('refuses %j', (input, fault) => {
  expect(faultsOf(input)).toEqual([fault]);
});

it('bounds depth and size, whatever is sent', () => {
  const deep = ': is nested more than 6 deep: join what is under one and, or or not';
  const long = ': has more than 64 conditions: ask with fewer of them';
  expect(faultsOf(nested(6))).toEqual([]);
  expect(faultsOf(nested(7))).toEqual([deep]);
  expect(faultsOf(JSON.parse(`${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}`))).toEqual([deep]);
  expect(faultsOf(JSON.parse(`${'{"and":['.repeat(100_000)}${']}'.repeat(100_000)}`))).toEqual([deep]);
  const words = (count: number) => Array.from({ length: count }, (_, i) => ({ word: `w${i}` }));
  expect(faultsOf({ or: words(64) })).toEqual([]);
  expect(faultsOf({ or: words(65) })).toEqual([long]);
  expect(faultsOf({ and: [{ or: words(40) }, { not: { or: words(25) } }] })).toEqual([long]);
  expect(faultsOf({ or: words(33).map(({ word }) => ({ word, has: 'date' })) })).toEqual([long]);
});

it('has the conditions alone for a query string, without and, or and not', () => {
  expect(paperConditionsSchema.parse({ category: 'cs', from: '2020' })).toEqual({ category: 'cs', from: '2020' });
  expect(faultsOf({ from: '2021', to: '2020' }, paperConditionsSchema)).toHaveLength(1);
  expect(faultsOf({ not: { word: 'a' } }, paperConditionsSchema)).toHaveLength(1);
});

it('has a JSON schema that refers to itself', () => {
  const itself = { $ref: '#/definitions/PaperFilter' };
  expect(z.toJSONSchema(paperFilterSchema, { io: 'input', target: 'draft-7' })).toMatchObject({
    definitions: { PaperFilter: { properties: { and: { items: itself }, category: { type: 'string' } } } },
  });
});
