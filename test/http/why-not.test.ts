// Why a paper is not in a list: one planted for each cause, and where it truly stands.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNotSchema } from '#dist/http/schemas.js';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { askedFor } from '../support/wire.ts';

const TITLE = 'EDICT: Exact Diffusion Inversion via Coupled Transformations';
const QUERY = 'q=exact+diffusion+inversion';
const LONG = 'graph neural network '.repeat(200);

let seeded: SeededApp;
let edict = '';
beforeAll(async () => {
  seeded = await openSeededApp();
  edict = (await ids(`/v1/search?k=1&${QUERY}`))[0] ?? '';
  const { services, app } = seeded;
  const abstract = (await services.store.get([edict]))[0]?.abstract ?? '';
  const papers = [
    { id: 'a-version', title: TITLE.toLowerCase(), abstract },
    { id: 'long', title: 'Knitting patterns', abstract: LONG, publishedAt: '2019-05-01' },
    { id: 'gone', title: 'Soon gone', abstract: 'Nothing lasts.' },
  ];
  await app.inject({ method: 'POST', url: '/v1/papers?wait=true', payload: papers });
  await app.inject({ method: 'DELETE', url: '/v1/papers/gone' });
  await services.indexer.sync();
  // Stored by another hand: the index has not heard of it.
  await services.store.upsert([{ id: 'fresh', title: 'Zymurgy', abstract: 'Just in.' }], 'merge');
});
afterAll(() => seeded.close());

async function ids(url: string): Promise<string[]> {
  return askedFor(await seeded.app.inject(url)).results.map(({ paper }) => paper.id);
}

async function why(url: string) {
  const response = await seeded.app.inject(url);
  expect(response.statusCode, response.body).toBe(200);
  const answer = whyNotSchema.parse(response.json());
  return { ...answer, codes: answer.causes.map(({ code }) => code) };
}

describe('a paper that is not in a search', () => {
  it('is in it after all: its rank, and no cause', async () => {
    const listed = await ids(`/v1/search?${QUERY}&k=10`);
    for (const [i, id] of listed.entries()) {
      expect(await why(`/v1/search/why-not?${QUERY}&id=${encodeURIComponent(id)}`)).toMatchObject({ rank: i + 1, causes: [] });
    }
  });

  it.each([
    ['never stored', 'nobody', '', 'unknown'],
    ['removed', 'gone', '', 'removed'],
    ['not indexed yet', 'fresh', '&mode=dense', 'not_indexed'],
    ['left out by a filter', 'long', '&from=2020', 'filtered'],
    ['with none of the words', 'long', '&mode=lexical', 'no_words'],
    ['below the least score', 'long', '&mode=dense&minScore=0.9', 'below_min_score'],
    ['ranked lower', 'long', '', 'ranked_lower'],
    ['read in part only', 'long', '', 'truncated'],
  ])('is %s', async (_, id, rest, code) => {
    const { rank, codes } = await why(`/v1/search/why-not?${QUERY}&id=${id}${rest}`);
    expect(rank).toBeNull();
    expect(codes).toContain(code);
  });

  it('names the conditions that leave it out, and those alone', async () => {
    const { causes } = await why(`/v1/search/why-not?q=${encodeURIComponent('inversion -knitting')}&id=long&from=2020&to=2030`);
    const filtered = causes.filter(({ code }) => code === 'filtered').map(({ message }) => message);
    expect(filtered).toHaveLength(2);
    expect(filtered.join()).toContain('knitting');
    expect(filtered.join()).toContain('2020');
  });

  it('is folded under the version that is there', async () => {
    const [first = ''] = await ids(`/v1/search?${QUERY}&k=10`);
    const other = first === edict ? 'a-version' : edict;
    const { causes } = await why(`/v1/search/why-not?${QUERY}&id=${other}`);
    expect(causes[0]).toEqual({ code: 'folded', message: expect.stringContaining(`"${first}"`) });
  });

  it('has its true rank and score, and its gap to the last', async () => {
    const all = askedFor(await seeded.app.inject(`/v1/search?${QUERY}&mode=dense&k=200&fold=false`)).results;
    const at = all[120];
    const { meaning, codes } = await why(
      `/v1/search/why-not?${QUERY}&mode=dense&fold=false&id=${encodeURIComponent(at?.paper.id ?? '')}`,
    );
    expect(codes).toContain('ranked_lower');
    expect(meaning?.rank).toBe(121);
    expect(meaning?.score).toBeCloseTo(at?.score ?? 0, 4);
    expect(meaning?.gap).toBeCloseTo((all[9]?.score ?? 0) - (at?.score ?? 0), 4);
  });
});

describe('a paper that is not like another', () => {
  it('is itself, a version of it, or lower', async () => {
    expect((await why(`/v1/papers/${edict}/why-not/${edict}`)).codes).toEqual(['itself']);
    expect((await why(`/v1/papers/${edict}/why-not/a-version`)).codes).toEqual(['folded']);
    const { codes, meaning, words } = await why(`/v1/papers/${edict}/why-not/long`);
    expect(codes).toEqual(['ranked_lower', 'truncated']);
    expect(meaning?.rank).toBeGreaterThan(10);
    expect(words).toBeNull();
  });
});
