/** The Semantic Scholar dialect over the seed corpus and a few papers with ids of every kind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSeededApp, type SeededApp } from '../../support/seeded.ts';

const SHA = '649def34f8be52c8b66281af98ae884c09aef38b';
const EDICT = 'EDICT: Exact Diffusion Inversion via Coupled Transformations';
const ARXIV = 'arxiv:2106.15928';
const DOI = 'doi:10.1145/3292500.3330701';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
  await seeded.services.store.upsert(
    [
      {
        id: ARXIV,
        title: 'Beaver dams hold back floods',
        abstract: 'Beavers fell trees to dam streams, and the water waits behind them.',
        authors: ['Ada Dam', 'Bo River'],
        publishedAt: '2021-06-30',
        categories: ['q-bio.PE', 'stat.AP'],
        venue: 'Journal of Rodents',
      },
      { id: DOI, title: 'Optuna for beavers', abstract: 'Tuning of dams.', publishedAt: '2019' },
      { id: `s2:${SHA}`, title: 'Lodges of beavers in winter', abstract: 'Where they sleep.', categories: ['Computer Science'] },
      { id: 's2:215416146', title: 'Beavers known by a number', abstract: 'Counted at night.' },
      { id: 'own/with/slashes', title: 'A beaver of our own', abstract: 'It has an id with slashes.' },
    ],
    'merge',
  );
  await seeded.services.indexer.sync();
});
afterAll(() => seeded.close());

const paper = z.looseObject({ paperId: z.string() });
const get = (url: string) => seeded.app.inject(url);
const post = (url: string, payload: object) => seeded.app.inject({ method: 'POST', url, payload });
async function ok(response: ReturnType<typeof get>): Promise<unknown> {
  const { statusCode, body } = await response;
  expect(statusCode, body).toBe(200);
  return JSON.parse(body);
}
const one = async (id: string, query = '') => paper.parse(await ok(get(`/graph/v1/paper/${id}${query}`)));
const recommended = async (response: ReturnType<typeof get>) =>
  z.object({ recommendedPapers: z.array(paper) }).parse(await ok(response)).recommendedPapers;
const searched = async (query: string) =>
  z
    .strictObject({ total: z.int(), offset: z.int(), next: z.int().optional(), data: z.array(paper).min(1).optional() })
    .parse(await ok(get(`/graph/v1/paper/search?${query}`)));
async function refused(response: ReturnType<typeof get>, status: number): Promise<string> {
  const { statusCode, body, headers } = await response;
  expect(statusCode, body).toBe(status);
  expect(headers['content-type']).toContain('application/json');
  return z.strictObject({ error: z.string() }).parse(JSON.parse(body)).error;
}

describe('ids', () => {
  it.each([
    ['ours', ARXIV, ARXIV],
    ['of arXiv', 'ARXIV:2106.15928', ARXIV],
    ['of arXiv in another case, with a version', 'arXiv:2106.15928v2', ARXIV],
    ['as a link', 'URL:https://arxiv.org/abs/2106.15928v1', ARXIV],
    ['as a link, percent-encoded', encodeURIComponent('url:https://arxiv.org/abs/2106.15928'), ARXIV],
    ['as a DOI of arXiv', 'DOI:10.48550/arXiv.2106.15928', ARXIV],
    ['as a DOI', 'DOI:10.1145/3292500.3330701', DOI],
    ['as a DOI, percent-encoded, in another case', 'doi%3A10.1145%2F3292500.3330701', DOI],
    ['as a DOI without a prefix', '10.1145/3292500.3330701', DOI],
    ["as a publisher's page", 'URL:https://dl.acm.org/doi/10.1145/3292500.3330701', DOI],
    ['of theirs', SHA, SHA],
    ['of theirs as a link', `URL:https://www.semanticscholar.org/paper/Lodges-of-beavers/${SHA}`, SHA],
    ['by number', 'CorpusId:215416146', 'CorpusId:215416146'],
    ['by number in another case', 'corpusid:215416146', 'CorpusId:215416146'],
    ['with slashes', 'own/with/slashes', 'own/with/slashes'],
    ['with slashes, percent-encoded, and one behind', 'own%2Fwith%2Fslashes/', 'own/with/slashes'],
  ])('are found %s', async (_how, asked, paperId) => {
    expect((await one(asked)).paperId).toBe(paperId);
    expect((await one(encodeURIComponent(paperId))).paperId).toBe(paperId);
    expect(await recommended(get(`/recommendations/v1/papers/forpaper/${asked}?limit=1`))).toHaveLength(1);
  });

  it('are answered in a batch in the order asked, null where they are not known', async () => {
    const ids = ['corpusid:215416146', 'nobody', 'ARXIV:2106.15928', 'DOI:10.1145/3292500.3330701', ARXIV];
    const papers = z.array(paper.nullable()).parse(await ok(post('/graph/v1/paper/batch?fields=title', { ids })));
    expect(papers.map((found) => found?.paperId ?? null)).toEqual(['CorpusId:215416146', null, ARXIV, DOI, ARXIV]);
    expect(await refused(post('/graph/v1/paper/batch', { ids: ['nobody', 'no one'] }), 400)).toBe('No valid paper ids given');
    expect(await refused(post('/graph/v1/paper/batch', { ids: [] }), 400)).toBe('No valid paper ids given');
  });
});

describe('fields', () => {
  it('are the id and the title unless others are asked for', async () => {
    expect(await one(ARXIV)).toEqual({ paperId: ARXIV, title: 'Beaver dams hold back floods' });
    expect(Object.keys(await one(ARXIV, '?fields=year'))).toEqual(['paperId', 'year']);
  });

  it('are those of the API, null where nothing is known', async () => {
    const fields =
      'title,abstract,authors,authors.hIndex,authors.affiliations,year,publicationDate,venue,url,fieldsOfStudy,s2FieldsOfStudy,externalIds,' +
      'corpusId,citationCount,referenceCount,influentialCitationCount,isOpenAccess,openAccessPdf,tldr,journal,publicationTypes,' +
      'publicationVenue,citationStyles,citations.title,references,embedding.specter_v2,textAvailability';
    expect(await one(ARXIV, `?fields=${fields}`)).toEqual({
      paperId: ARXIV,
      title: 'Beaver dams hold back floods',
      abstract: 'Beavers fell trees to dam streams, and the water waits behind them.',
      authors: ['Ada Dam', 'Bo River'].map((name) => ({ authorId: null, name, hIndex: null, affiliations: [] })),
      year: 2021,
      publicationDate: '2021-06-30',
      venue: 'Journal of Rodents',
      url: 'https://arxiv.org/abs/2106.15928',
      fieldsOfStudy: ['Biology', 'Mathematics'],
      s2FieldsOfStudy: ['Biology', 'Mathematics'].map((category) => ({ category, source: 'external' })),
      externalIds: { ArXiv: '2106.15928', DOI: '10.48550/arXiv.2106.15928' },
      corpusId: null,
      citationCount: null,
      referenceCount: null,
      influentialCitationCount: null,
      isOpenAccess: true,
      openAccessPdf: { url: 'https://arxiv.org/pdf/2106.15928', status: 'GREEN' },
      tldr: null,
      journal: null,
      publicationTypes: null,
      publicationVenue: null,
      citationStyles: null,
      citations: null,
      references: null,
      embedding: null,
      textAvailability: 'abstract',
    });
    expect(await one(DOI, '?fields=year,publicationDate,venue,externalIds')).toEqual({
      paperId: DOI,
      year: 2019,
      publicationDate: null,
      venue: '',
      externalIds: { DOI: '10.1145/3292500.3330701' },
    });
    expect(await one('CorpusId:215416146', '?fields=externalIds,corpusId,fieldsOfStudy,year')).toMatchObject({
      externalIds: { CorpusId: 215416146 },
      corpusId: 215416146,
      fieldsOfStudy: null,
      year: null,
    });
  });

  it('hold our own vector, under the name of our model', async () => {
    const { model } = seeded.services.embedder;
    const { embedding } = await one(ARXIV, '?fields=embedding');
    const { vector } = z.object({ model: z.literal(model.name), vector: z.array(z.number()) }).parse(embedding);
    expect(vector).toEqual(Array.from((await seeded.services.index.vectors([ARXIV]))[0] ?? []));
  });

  it.each([
    'unknown',
    'title,unknown,authors.shoeSize',
    'constructor',
    'constructor.name',
    'toString',
    'title.x',
    'authors.name.x',
    'Title',
  ])('are refused where they are none: %s', async (fields) => {
    const wrong = fields.split(',').filter((name) => name !== 'title');
    const message = `Unrecognized or unsupported fields: [${wrong.join(', ')}]`;
    expect(await refused(get(`/graph/v1/paper/${ARXIV}?fields=${fields}`), 400)).toBe(message);
    expect(await refused(get(`/graph/v1/paper/search?query=a&fields=${fields}`), 400)).toBe(message);
    expect(await refused(get(`/recommendations/v1/papers/forpaper/${ARXIV}?fields=${fields}`), 400)).toBe(message);
    const body = { positivePaperIds: [ARXIV] };
    expect(await refused(post(`/recommendations/v1/papers/?fields=${fields}`, body), 400)).toBe(message);
  });
});

describe('recommendations', () => {
  it('are as many as asked for, 100 by default, without the paper itself, as /v1 ranks them', async () => {
    expect(await recommended(get(`/recommendations/v1/papers/forpaper/${ARXIV}`))).toHaveLength(100);
    const many = await recommended(get(`/recommendations/v1/papers/forpaper/${ARXIV}?limit=500&from=all-cs`));
    expect(many.length).toBeGreaterThan(380);
    expect(many.map(({ paperId }) => paperId)).not.toContain(ARXIV);
    const { results } = z
      .object({ results: z.array(z.object({ paper: z.object({ title: z.string() }) })) })
      .parse(await ok(get(`/v1/papers/${ARXIV}/similar?k=20`)));
    expect(many.slice(0, 20).map(({ ['title']: title }) => title)).toEqual(results.map(({ paper: { title } }) => title));
  });

  it('are near to the liked and far from the disliked, whatever stands for an empty list', async () => {
    const url = '/recommendations/v1/papers/?limit=5';
    const liked = await recommended(post(url, { positivePaperIds: [DOI, 'ARXIV:2106.15928'], negativePaperIds: null }));
    expect(liked).toHaveLength(5);
    const own = ['own/with/slashes', SHA, 'CorpusId:215416146'];
    expect(
      liked
        .slice(0, 3)
        .map(({ paperId }) => paperId)
        .sort(),
    ).toEqual([...own].sort());
    for (const rest of [{}, { negativePaperIds: [] }]) {
      expect(await recommended(post(url.replace('/?', '?'), { positivePaperIds: [DOI, ARXIV], ...rest }))).toEqual(liked);
    }
    const without = await recommended(post(url, { positivePaperIds: [DOI, ARXIV], negativePaperIds: [SHA] }));
    expect(without.map(({ paperId }) => paperId)).not.toContain(SHA);
  });

  it('are refused in their words', async () => {
    for (const positivePaperIds of [null, [], undefined]) {
      const body = { positivePaperIds, negativePaperIds: [ARXIV] };
      expect(await refused(post('/recommendations/v1/papers/', body), 400)).toBe('No positive paper examples given');
    }
    expect(await refused(post('/recommendations/v1/papers/', { positivePaperIds: [ARXIV, 'no/body'] }), 404)).toBe(
      'Paper with id no/body not found',
    );
    expect(await refused(get('/recommendations/v1/papers/forpaper/DOI:10.1/nobody'), 404)).toBe(
      'Paper with id DOI:10.1/nobody not found',
    );
    expect(await refused(get(`/recommendations/v1/papers/forpaper/${ARXIV}?from=old`), 400)).toBe(
      "Unrecognized value 'old' for `from`. Restrict to: `['recent', 'all-cs']`",
    );
    for (const limit of ['0', '501', 'ten']) {
      expect(await refused(get(`/recommendations/v1/papers/forpaper/${ARXIV}?limit=${limit}`), 400)).toContain(
        `Unacceptable query params: [limit=${limit}]`,
      );
    }
    const many = Array.from({ length: 101 }, (_, i) => `${i}`);
    expect(await refused(post('/recommendations/v1/papers/', { positivePaperIds: many }), 400)).toContain('positivePaperIds');
  });
});

describe('search', () => {
  it('finds by meaning and by words, and pages to the end', async () => {
    const first = await searched('query=exact+diffusion+inversion&fields=title&limit=100');
    expect(first.data?.[0]).toEqual({ paperId: expect.any(String), title: EDICT });
    expect(first).toMatchObject({ offset: 0, next: 100, total: expect.any(Number) });
    const ids: string[] = [];
    let last = first;
    for (let next: number | undefined = 0; next !== undefined; next = last.next) {
      last = await searched(`query=exact+diffusion+inversion&offset=${next}`);
      ids.push(...(last.data ?? []).map(({ paperId }) => paperId));
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(last.total).toBe(ids.length);
    expect(first.total).toBeGreaterThanOrEqual(ids.length);
  });

  it('has no data where there is nothing', async () => {
    expect(await searched('query=beavers&year=1800')).toEqual({ total: 0, offset: 0 });
    const { data, next, total } = await searched('query=beavers&offset=900');
    expect([data, next]).toEqual([undefined, undefined]);
    expect(total).toBeGreaterThan(400);
  });

  it.each([
    ['year=2021', [ARXIV]],
    ['year=2021-', [ARXIV]],
    ['year=-2019', [DOI]],
    ['year=2019-2021', [ARXIV, DOI]],
    ['publicationDateOrYear=2021-06-01:2021-06-30', [ARXIV]],
    ['publicationDateOrYear=:2019-03', [DOI]],
    ['venue=Nature,Journal+of+Rodents', [ARXIV]],
    ['fieldsOfStudy=Biology', [ARXIV]],
    ['fieldsOfStudy=Computer+Science,Law&year=', []],
  ])('keeps to %s', async (restriction, expected) => {
    if (restriction.endsWith('year=')) {
      expect(await refused(get(`/graph/v1/paper/search?query=beavers&${restriction}`), 400)).toContain('[year=]');
      return;
    }
    const { data = [] } = await searched(`query=beavers+dams&limit=2&${restriction}`);
    expect(
      data
        .map(({ paperId }) => paperId)
        .filter((id) => [ARXIV, DOI].includes(id))
        .sort(),
    ).toEqual([...expected].sort());
  });

  it.each(['', '-', '"', '-beavers', '"beavers', 'AND OR', '💥', '中文', '(-x)'])('takes signs for text: %s', async (query) => {
    const url = `/graph/v1/paper/search?limit=3&query=${encodeURIComponent(query)}`;
    if (query === '') expect(await refused(get(url), 400)).toContain('Unacceptable query params: [query=]');
    else expect((await searched(url.split('?')[1] ?? '')).data).toHaveLength(3);
  });

  it('refuses what it cannot keep to', async () => {
    for (const query of [
      'minCitationCount=10',
      'publicationTypes=Review',
      'openAccessPdf',
      'year=twenty',
      'fieldsOfStudy=Magic',
      'offset=-1',
      'limit=101',
      'offset=950&limit=100',
      'venue=',
    ]) {
      const message = await refused(get(`/graph/v1/paper/search?query=a&${query}`), 400);
      expect(message).toContain(`Unacceptable query params: [${query.split('&')[0]?.replace(/^(\w+)$/, '$1=')}]`);
    }
    expect(await refused(get('/graph/v1/paper/search'), 400)).toContain('Unacceptable query params: [query=]');
  });
});

describe('search/match', () => {
  const match = async (query: string) =>
    z
      .object({ data: z.tuple([paper.extend({ matchScore: z.number() })]) })
      .parse(await ok(get(`/graph/v1/paper/search/match?query=${encodeURIComponent(query)}&fields=title,year`))).data[0];

  it.each([EDICT, EDICT.toUpperCase(), 'edict exact  diffusion inversion, via coupled transformations'])(
    'finds a title however it is written: %s',
    async (query) => {
      expect(await match(query)).toMatchObject({ ['title']: EDICT, matchScore: 1 });
    },
  );

  it('finds a title by most of its words', async () => {
    const found = await match('beaver dams hold back');
    expect(found).toMatchObject({ paperId: ARXIV, year: 2021 });
    expect(found.matchScore).toBeGreaterThan(0.7);
    expect(found.matchScore).toBeLessThan(1);
  });

  it('says so where there is none', async () => {
    for (const query of ['beavers and their place in quantum gravity', 'n0 r3sult', '...']) {
      expect(await refused(get(`/graph/v1/paper/search/match?query=${encodeURIComponent(query)}`), 404)).toBe(
        'Title match not found',
      );
    }
  });
});

describe('faults', () => {
  it('are said in one shape whatever fails', async () => {
    expect(await refused(get('/graph/v1/paper/nobody'), 404)).toBe('Paper with id nobody not found');
    expect(await refused(get('/graph/v1/paper/no/body/citations'), 404)).toBe('Paper with id no/body/citations not found');
    expect(await refused(get('/graph/v1/paper/search/bulk?query=a'), 404)).toContain('not served here');
    expect(await refused(get('/graph/v1/author/1741101'), 404)).toContain('/graph/v1/author/1741101');
    expect(await refused(get('/recommendations/v1/papers/'), 405)).toBe('GET is not served here: send POST');
    expect(await refused(get('/graph/v1/paper/%E0%A4%A'), 400)).toContain('cannot be decoded');
    const raw = (headers: Record<string, string>, payload: string) =>
      seeded.app.inject({ method: 'POST', url: '/graph/v1/paper/batch', headers, payload });
    const json = { 'content-type': 'application/json' };
    expect(await refused(raw(json, '{oops'), 400)).toContain('JSON');
    expect(await refused(raw(json, '{"ids": "x"}'), 400)).toContain('ids');
    expect(await refused(raw({ 'content-type': 'text/csv' }, 'a'), 415)).toContain('text/csv');
    expect(await refused(raw(json, ' '.repeat(seeded.config.bodyLimitBytes + 1)), 413)).toContain('bytes');
    const many = { ids: Array.from({ length: 501 }, (_, i) => `${i}`) };
    expect(await refused(post('/graph/v1/paper/batch', many), 400)).toContain('ids');
  });
});
