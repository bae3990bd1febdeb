// Covers what a person's query is taken to say: phrases, exclusions, and plain text.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { filterOfQuery, parseQuery } from '#dist/query-text.js';

it.each([
  ['graph neural networks', 'graph neural networks', [], []],
  ['  much \n white\tspace ', 'much white space', [], []],
  ['"graph neural" networks', 'graph neural networks', ['graph neural'], []],
  ['“graph  neural” networks', 'graph neural networks', ['graph neural'], []],
  ['"one" and "two words"', 'one and two words', ['one', 'two words'], []],
  ['("in brackets") too', '(in brackets) too', ['in brackets'], []],
  ['networks -survey', 'networks', [], ['survey']],
  ['-survey networks -gpt-4, please', 'networks , please', [], ['survey', 'gpt-4']],
  ['networks -"literature survey" -“by hand”', 'networks', [], ['literature survey', 'by hand']],
  ['-survey', '', [], ['survey']],
  ['-état', '', [], ['état']],
  ['"graph" "neural" -"deep" -wide', 'graph neural', ['graph', 'neural'], ['deep', 'wide']],
])('reads %j', (query, text, phrases, excluded) => {
  expect(parseQuery(query)).toEqual({ text, phrases, excluded });
});

it.each([
  'state-of-the-art results',
  'a - b',
  '-',
  '--verbose',
  'a -',
  'what is "left open',
  'closed" only',
  '5" disks and 3" disks',
  'nothing "!?" in it',
  'nothing -"!?" in it',
  '-.5',
  'glued"to a word"',
])('takes %j as plain text', (query) => {
  expect(parseQuery(query)).toEqual({ text: query, phrases: [], excluded: [] });
});

it('makes a filter of what must and must not occur, none where nothing must', () => {
  const filterOf = (query: string) => filterOfQuery(parseQuery(query));
  expect(filterOf('graph networks')).toBeUndefined();
  expect(filterOf('"graph networks"')).toEqual({ phrase: 'graph networks' });
  expect(filterOf('graph -survey')).toEqual({ not: { or: [{ word: 'survey' }] } });
  expect(filterOf('"a b" "c" -survey -"by hand"')).toEqual({
    and: [{ phrase: 'a b' }, { phrase: 'c' }, { not: { or: [{ word: 'survey' }, { phrase: 'by hand' }] } }],
  });
});

it('reads any text: what is plain stays, and every part has a letter or a digit', () => {
  const sign = fc.constantFrom('"', '“', '”', '-', ' ', '\n', 'word', 'é', '7', '(', '.');
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(sign, { maxLength: 30 }).map((signs) => signs.join('')),
  );
  fc.assert(
    fc.property(text, (query) => {
      const { text, phrases, excluded } = parseQuery(query);
      for (const part of [...phrases, ...excluded]) expect(part).toMatch(/[\p{L}\p{N}]/u);
      for (const phrase of phrases) expect(text).toContain(phrase);
      if (phrases.length + excluded.length === 0) expect(text).toBe(query.replace(/\s+/g, ' ').trim());
    }),
    { seed: 42, numRuns: 500 },
  );
});

it('reads a long text of signs in time that grows with its length', () => {
  for (const part of ['"', '-"', ' "a', '-a ', ' -"a ', '"a b']) parseQuery(part.repeat(50_000));
});
