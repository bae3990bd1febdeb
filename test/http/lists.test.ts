// What a list of results promises over HTTP: pages, filters, one work one hit, diversity, recency, on the real seed corpus and versions of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { askedFor, asker, problemOf, type WireAnswer } from '../support/wire.ts';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
});
afterAll(() => seeded.close());

const { get, post } = asker(() => seeded.app);
const idsOf = ({ results }: WireAnswer) => results.map(({ paper }) => paper.id);

async function refusalOf(url: string, payload?: object) {
  const problem = problemOf(await seeded.app.inject(payload === undefined ? url : { method: 'POST', url, payload }));
  expect(problem.status).toBe(400);
  return { ...problem, errors: problem.errors ?? [] };
}

describe('pages', () => {
  it.each(['hybrid', 'dense', 'lexical'])('go to the 200th result without a repeat, ranks going on (%s)', async (mode) => {
    const ids: string[] = [];
    const ranks: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: WireAnswer = await get(`/v1/search?q=learning&mode=${mode}&k=30${cursor && `&cursor=${cursor}`}`);
      ids.push(...idsOf(page));
      ranks.push(...page.results.map(({ rank }) => rank));
      cursor = page.nextCursor;
    }
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
    expect(ranks).toEqual(ids.map((_, i) => i + 1));
    expect(ids.slice(0, 50)).toEqual(idsOf(await get(`/v1/search?q=learning&mode=${mode}&k=50`)));
  });

  it('end where the results do', async () => {
    const first = await get('/v1/search?q=spectral&mode=lexical&k=5');
    expect(first.nextCursor).not.toBeNull();
    const all = await get('/v1/search?q=spectral&mode=lexical&k=200');
    expect(all.nextCursor).toBeNull();
    expect(all.results.length).toBeLessThan(200);
  });

  it('are of the question that they came from, and of no other', async () => {
    const { nextCursor } = await get('/v1/search?q=learning&k=5');
    for (const other of ['q=learning&mode=dense', 'q=teaching', 'q=learning&from=2020', 'q=learning&diversity=0.5']) {
      const problem = await refusalOf(`/v1/search?${other}&cursor=${nextCursor}`);
      expect(problem.errors[0]).toEqual({ path: 'cursor', message: expect.stringContaining('another question') });
    }
    expect((await refusalOf('/v1/search?q=learning&cursor=nonsense')).errors[0]?.path).toBe('cursor');
  });

  it('work for papers like one and papers like some', async () => {
    const [id = ''] = idsOf(await get('/v1/search?q=diffusion&k=1'));
    const first = await get(`/v1/papers/${id}/similar?k=20`);
    const second = await get(`/v1/papers/${id}/similar?k=20&cursor=${first.nextCursor}`);
    expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(40);
    const body = { like: [{ id }, { text: 'graph networks' }], k: 20 };
    const one = await post('/v1/recommend', body);
    const two = await post('/v1/recommend', { ...body, cursor: one.nextCursor });
    expect(new Set([...idsOf(one), ...idsOf(two)]).size).toBe(40);
  });
});

describe('filters', () => {
  it('hold for every result, in an address and in a body, for each way to ask', async () => {
    const [id = ''] = idsOf(await get('/v1/search?q=diffusion&k=1'));
    const answers = [
      await get('/v1/search?q=diffusion&from=2022&to=2023&k=30'),
      await post('/v1/search', { q: 'diffusion', k: 30, filter: { from: '2022', to: '2023' } }),
      await get(`/v1/papers/${id}/similar?from=2022&to=2023&k=30`),
      await post('/v1/recommend', {
        like: [{ id }],
        k: 30,
        filter: { and: [{ from: '2022' }, { not: { from: '2024' } }, { has: 'date' }] },
      }),
    ];
    for (const { results, plan } of answers) {
      expect(results.length).toBeGreaterThan(3);
      for (const { paper } of results) expect(['2022', '2023']).toContain(paper.publishedAt?.slice(0, 4));
      expect(plan.nearest?.method).toBe('scan');
    }
    expect(idsOf(answers[0] as WireAnswer)).toEqual(idsOf(answers[1] as WireAnswer));
  });

  it('leave as many results as match, be it one or none', async () => {
    const counts = (await seeded.services.store.list({ limit: 500 })).map(({ authorCount }) => authorCount ?? 0);
    const least = Math.max(...counts);
    const many = counts.filter((count) => count >= least).length;
    for (const mode of ['hybrid', 'dense']) {
      expect((await get(`/v1/search?q=model&mode=${mode}&minAuthors=${least}&k=100`)).results).toHaveLength(many);
      expect((await get(`/v1/search?q=model&mode=${mode}&source=nowhere`)).results).toEqual([]);
    }
  });

  it('name the field and the mend where they are wrong', async () => {
    expect((await refusalOf('/v1/search?q=x&from=soon')).errors[0]).toEqual({
      path: 'from',
      message: expect.stringContaining('YYYY'),
    });
    expect((await refusalOf('/v1/search?q=x&from=2024&to=2020')).errors[0]?.path).toBe('from');
    expect((await refusalOf('/v1/search', { q: 'x', filter: { colour: 'red' } })).errors[0]?.path).toBe('filter.colour');
  });
});

describe('the query of a person', () => {
  it('finds what a phrase in quotes says, and nothing with what has a minus', async () => {
    const phrase = await get(`/v1/search?k=50&q=${encodeURIComponent('"diffusion models"')}`);
    expect(phrase.results.length).toBeGreaterThan(2);
    for (const { paper } of phrase.results) expect(`${paper.title} ${paper.abstract}`.toLowerCase()).toMatch(/diffusion\W+model/);
    for (const mode of ['hybrid', 'dense', 'lexical']) {
      const { results } = await get(`/v1/search?k=30&mode=${mode}&q=${encodeURIComponent('robustness -adversarial')}`);
      expect(results.length).toBeGreaterThan(0);
      for (const { paper } of results) expect(`${paper.title} ${paper.abstract}`).not.toMatch(/\badversarial\b/i);
    }
  });

  it('must say what is looked for', async () => {
    expect((await refusalOf(`/v1/search?q=${encodeURIComponent('-diffusion')}`)).errors[0]).toEqual({
      path: 'q',
      message: expect.stringContaining('add what you look for'),
    });
  });
});

describe('a typed title', () => {
  it('finds its paper first, whatever its case, punctuation and LaTeX', async () => {
    const papers = await seeded.services.store.list({ limit: 500 });
    expect(papers.length).toBe(409);
    const spellings = [
      (title: string) => title,
      (title: string) => title.toUpperCase(),
      (title: string) => title.toLowerCase().replace(/[^\p{L}\p{N}\s]/gu, ' '),
      (title: string) => `\\textbf{${title}}.`,
    ];
    for (const [i, { title }] of papers.entries()) {
      if (i % 4 !== 0) continue;
      const spell = spellings[(i / 4) % spellings.length] ?? String;
      const q = spell(title);
      const [first] = (await get(`/v1/search?k=1&q=${encodeURIComponent(q)}`)).results;
      expect(`${q} -> ${first?.paper.title}`).toBe(`${q} -> ${title}`);
    }
  });
});

describe('one work', () => {
  const TITLE = 'EDICT: Exact Diffusion Inversion via Coupled Transformations';
  it('is one hit with its versions, and no version of it is like it', async () => {
    const app = await openSeededApp();
    const ask = async (url: string): Promise<WireAnswer> => askedFor(await app.app.inject(url));
    const [known] = (await ask(`/v1/search?k=1&q=${encodeURIComponent(TITLE)}`)).results;
    expect(known?.paper.title).toBe(TITLE);
    expect(known?.versions).toEqual([]);
    const { abstract = '', id = '' } = known?.paper ?? {};
    const version = {
      id: 'doi:10.1109/edict',
      title: TITLE.toUpperCase(),
      abstract: `${abstract} Code is available.`,
      venue: 'CVPR 2023',
    };
    const written = await app.app.inject({ method: 'POST', url: '/v1/papers?wait=true', payload: [version] });
    expect(written.statusCode).toBe(200);

    const { results } = await ask('/v1/search?q=exact+diffusion+inversion&k=50');
    expect(results[0]).toMatchObject({ paper: { id: version.id }, versions: [id] });
    expect(results.map(({ paper }) => paper.id)).not.toContain(id);
    const apart = idsOf(await ask('/v1/search?q=exact+diffusion+inversion&k=50&fold=false'));
    expect(apart).toEqual(expect.arrayContaining([id, version.id]));

    const like = await ask(`/v1/papers/${encodeURIComponent(id)}/similar?k=10`);
    expect(like.results).toHaveLength(10);
    expect(idsOf(like)).not.toContain(version.id);
    expect(like.seeds).toEqual({ used: [id], missing: [], folded: [version.id] });
    await app.close();
  });
});

describe('the order', () => {
  it('is as ranked at diversity 0, and the results are less alike the greater it is', async () => {
    const plain = idsOf(await get('/v1/search?q=adversarial+robustness&k=10'));
    expect(idsOf(await get('/v1/search?q=adversarial+robustness&k=10&diversity=0'))).toEqual(plain);
    const alike: number[] = [];
    for (const diversity of [0, 0.3, 0.7]) {
      const ids = idsOf(await get(`/v1/search?q=adversarial+robustness&k=10&diversity=${diversity}`));
      expect(new Set(ids).size).toBe(10);
      alike.push(await similarity(ids));
    }
    expect(alike).toEqual([...alike].sort((a, b) => b - a));
    expect(alike[2]).toBeLessThan((alike[0] ?? 0) - 0.05);
  });

  it('can be by date, and can count what is newer for more', async () => {
    const dates = (answer: WireAnswer) => answer.results.map(({ paper }) => paper.publishedAt ?? '');
    const byDate = dates(await get('/v1/search?q=model&sort=date&k=40'));
    expect(byDate).toEqual([...byDate].sort().reverse());
    const year = (answer: WireAnswer) => {
      const known = dates(answer).filter((date) => date !== '');
      return known.reduce((sum, date) => sum + Number(date.slice(0, 4)), 0) / known.length;
    };
    expect(year(await get('/v1/search?q=model&k=20&recency=1y'))).toBeGreaterThan(year(await get('/v1/search?q=model&k=20')));
    expect((await refusalOf('/v1/search?q=x&recency=soon')).errors[0]).toEqual({
      path: 'recency',
      message: expect.stringContaining('180d'),
    });
  });

  it('can end at a score', async () => {
    const { results } = await get('/v1/search?q=koopman+operator&mode=dense&minScore=0.5&k=200');
    expect(results.length).toBeGreaterThan(0);
    expect(results.length).toBeLessThan(200);
    for (const { score } of results) expect(score).toBeGreaterThanOrEqual(0.5);
  });

  /** Mean cosine of all pairs. */
  async function similarity(ids: readonly string[]): Promise<number> {
    const vectors = await seeded.services.index.vectors(ids);
    const cosines = vectors.flatMap((a, i) =>
      vectors.slice(i + 1).map((b) => (a ?? new Float32Array()).reduce((sum, x, d) => sum + x * (b?.[d] ?? 0), 0)),
    );
    return cosines.reduce((sum, x) => sum + x, 0) / cosines.length;
  }
});

it('gives the same results for the same question on the same generation', async () => {
  const bytes = async () => JSON.stringify((await get('/v1/search?q=stochastic+optimisation&k=50')).results);
  expect(await bytes()).toBe(await bytes());
});

describe('why a paper is there', () => {
  it('is the pair of sentences that match best, where it is asked for, each way to ask', async () => {
    const [id = ''] = idsOf(await get('/v1/search?q=diffusion&k=1'));
    const answers = [
      await get('/v1/search?q=exact+diffusion+inversion&k=5&explain=true'),
      await get('/v1/search?q=exact+diffusion+inversion&k=5&mode=lexical&explain=true'),
      await get(`/v1/papers/${id}/similar?k=5&explain=true`),
      await post('/v1/recommend', { like: [{ id: 'nobody' }, { id }, { text: 'graph networks' }], k: 5, explain: true }),
    ];
    for (const [i, { results, tookMs }] of answers.entries()) {
      expect(tookMs.explain).toBeGreaterThan(0);
      for (const { paper, why } of results) {
        const { hit, asked } = why?.match ?? {};
        expect(paper[hit?.field ?? 'abstract'].slice(hit?.start, hit?.end)).toBe(hit?.text);
        // The first like has no vector: places are those of the request.
        expect(i === 3 ? [1, 2] : [0]).toContain(asked?.seed);
        expect(asked?.field === 'text').toBe(i < 2 || asked?.seed === 2);
      }
    }
    expect((await get('/v1/search?q=diffusion&k=1')).results[0]?.why).toBeUndefined();
  });
});
