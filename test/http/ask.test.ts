/** Asking over HTTP: search, similar and recommend on the real seed corpus. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { asker, problemOf, type WireAnswer } from '../support/wire.ts';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
});
afterAll(() => seeded.close());

const { get, post } = asker(() => seeded.app);

async function idOf(title: string): Promise<string> {
  const { results } = await get(`/v1/search?k=1&mode=lexical&q=${encodeURIComponent(title)}`);
  const paper = results[0]?.paper;
  expect(paper?.title).toBe(title);
  return paper?.id ?? '';
}

describe('GET /v1/search', () => {
  it('puts the paper whose title is asked for first', async () => {
    const { results } = await get('/v1/search?q=exact+diffusion+inversion&k=5');
    expect(results).toHaveLength(5);
    expect(results[0]?.paper.title).toBe('EDICT: Exact Diffusion Inversion via Coupled Transformations');
  });

  it.each(['hybrid', 'dense', 'lexical'])('ranks from 1 with falling scores and no paper twice (%s)', async (mode) => {
    const { results, plan } = await get(`/v1/search?q=adversarial+robustness&k=50&mode=${mode}`);
    expect(plan.strategy).toBe(mode);
    expect(results.map(({ rank }) => rank)).toEqual(results.map((_, i) => i + 1));
    const scores = results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(results.map(({ paper }) => paper.id)).size).toBe(results.length);
  });

  it('answers ten by default and 200 at most', async () => {
    expect((await get('/v1/search?q=vision')).results).toHaveLength(10);
    expect((await get('/v1/search?q=vision&k=200')).results).toHaveLength(200);
  });

  it('gives the same order for the same question, asked in the address or in a body', async () => {
    const ids = ({ results }: WireAnswer) => results.map(({ paper }) => paper.id);
    const first = ids(await get('/v1/search?q=koopman+operator'));
    expect(ids(await get('/v1/search?q=koopman+operator'))).toEqual(first);
    expect(ids(await post('/v1/search', { q: 'koopman operator' }))).toEqual(first);
  });

  it('takes any text as plain text', async () => {
    for (const q of ['"', 'AND OR NOT', 'title:x*', '(((', '💥', '^', '-'.repeat(50), '中文']) {
      expect((await get(`/v1/search?q=${encodeURIComponent(q)}`)).results.length).toBeGreaterThan(0);
    }
  });
});

describe('what the model cannot read', () => {
  const codes = async (q: string, mode = 'hybrid') =>
    (await get(`/v1/search?mode=${mode}&q=${encodeURIComponent(q)}`)).warnings.map(({ code }) => code);

  it.each([
    'Обучение с подкреплением для робототехники',
    '机器学习',
    'تعلم الآلة',
    '강화 학습',
    'machine learning для роботов',
    'the of and',
  ])('is warned of: %s', async (q) => {
    expect(await codes(q)).toEqual(['not_understood']);
  });

  it.each(['exact diffusion inversion', 'α-divergence', 'P = NP?', 'λ calculus βη', 'Erdős–Rényi graphs'])(
    'is not warned of where it reads: %s',
    async (q) => {
      expect(await codes(q)).toEqual([]);
    },
  );

  it('is warned of where a text is too long, of every text that is asked with', async () => {
    const long = 'graph '.repeat(300).trim();
    expect(await codes(long)).toEqual(['truncated']);
    expect(await codes(long, 'lexical')).toEqual([]);
    const { warnings } = await post('/v1/recommend', { like: [{ text: long }], dislike: [{ text: '机器学习' }] });
    expect(warnings.map(({ code }) => code)).toEqual(['truncated', 'not_understood']);
  });
});

describe('GET /v1/papers/{id}/similar', () => {
  it('answers for a paper that is stored but not in the index yet, as it will when it is', async () => {
    const { store, indexer } = seeded.services;
    const title = 'Turning a picture back into the noise that a diffusion model made it of';
    await store.upsert([{ id: 'fresh', title }], 'merge');
    const pairs = ({ results }: WireAnswer) => results.map(({ paper, score }) => [paper.id, score.toFixed(2)]);
    const asked = async () => ({
      similar: pairs(await get('/v1/papers/fresh/similar')),
      recommended: pairs(await post('/v1/recommend', { like: [{ id: 'fresh' }, { text: 'knitting' }] })),
    });
    const before = await asked();
    expect(before.similar).toHaveLength(10);
    await indexer.sync();
    expect(before).toEqual(await asked());
    await store.remove(['fresh']);
    await indexer.sync();
  });

  it('answers ten other papers, most of them on the robustness of vision models', async () => {
    const id = await idOf('Are Vision Transformers Robust to Patch Perturbations?');
    const { results } = await get(`/v1/papers/${id}/similar`);
    expect(results).toHaveLength(10);
    expect(results.map(({ paper }) => paper.id)).not.toContain(id);
    const onTopic = results.filter(({ paper }) => /adversarial|perturb|robust/i.test(`${paper.title} ${paper.abstract}`));
    expect(onTopic.length).toBeGreaterThanOrEqual(6);
  });

  it('ranks every other paper of the corpus when asked for all it may', async () => {
    const id = await idOf('Random Teachers are Good Teachers');
    expect((await get(`/v1/papers/${id}/similar?k=200`)).results).toHaveLength(200);
  });
});

describe('POST /v1/recommend', () => {
  it('finds what is near to several likes and leaves the seeds out', async () => {
    const like = [await idOf('Limits and Powers of Koopman Learning'), await idOf('Information Shapes Koopman Representation')];
    const { results, seeds } = await post('/v1/recommend', { like: like.map((id) => ({ id })), k: 5 });
    expect(seeds).toEqual({ used: like, missing: [], folded: [] });
    expect(results).toHaveLength(5);
    const near = new Set<string>();
    for (const id of like) for (const { paper } of (await get(`/v1/papers/${id}/similar?k=20`)).results) near.add(paper.id);
    for (const { paper } of results) {
      expect(like).not.toContain(paper.id);
      expect(near).toContain(paper.id);
    }
  });

  it('reports a seed that is unknown and uses the rest', async () => {
    const { seeds } = await post('/v1/recommend', { like: [{ text: 'diffusion models' }, { id: 'nobody' }] });
    expect(seeds).toEqual({ used: [], missing: ['nobody'], folded: [] });
  });

  it('answers 404 with the ids that are unknown where that is asked for, for dislikes too', async () => {
    const payload = { like: [{ text: 'diffusion models' }, { id: 'nobody' }], dislike: [{ id: 'no one' }], onMissing: 'error' };
    const problem = problemOf(await seeded.app.inject({ method: 'POST', url: '/v1/recommend', payload }));
    expect(problem).toMatchObject({ status: 404, code: 'paper_not_found' });
    expect(problem.detail).toContain('"nobody", "no one"');
  });

  it.each([{}, { recency: '2y' }])('says what each seed gave to a score, in the order of the request, with %j', async (more) => {
    const id = await idOf('Limits and Powers of Koopman Learning');
    const like = [{ text: 'image inpainting' }, { id: 'nobody' }, { id, weight: 2 }];
    const { results } = await post('/v1/recommend', { like, dislike: [{ text: 'control theory' }], k: 20, ...more });
    for (const { score, contributions = [] } of results) {
      expect(contributions.map(({ list, index, id: of }) => [list, index, of])).toEqual([
        ['like', 0, undefined],
        ['like', 2, id],
        ['dislike', 0, undefined],
      ]);
      const total = contributions.reduce((sum, contribution) => sum + contribution.score, 0);
      // Four numbers, each rounded to six decimals.
      expect(Math.abs(total - score)).toBeLessThan(2.5e-6);
    }
  });

  it('scores by the cosine where there is one seed, as papers like one paper are', async () => {
    const id = await idOf('Random Teachers are Good Teachers');
    const pairs = ({ results }: WireAnswer) => results.map(({ score, paper }) => [paper.id, score.toFixed(5)]);
    expect(pairs(await post('/v1/recommend', { like: [{ id }] }))).toEqual(pairs(await get(`/v1/papers/${id}/similar`)));
  });

  it('moves away from what is disliked', async () => {
    const like = [{ text: 'generative models' }];
    const scoreOfDiffusion = ({ results }: WireAnswer) =>
      results.filter(({ paper }) => /diffusion/i.test(paper.title)).reduce((sum, { rank }) => sum + 1 / rank, 0);
    const before = scoreOfDiffusion(await post('/v1/recommend', { like, k: 20 }));
    const after = scoreOfDiffusion(await post('/v1/recommend', { like, dislike: [{ text: 'diffusion models' }], k: 20 }));
    expect(before).toBeGreaterThan(0);
    expect(after).toBeLessThan(before);
  });

  it('lets a weight pull the answer towards its seed', async () => {
    const topOf = async (weight: number) =>
      (await post('/v1/recommend', { like: [{ text: 'koopman operator', weight }, { text: 'image inpainting' }], k: 1 })).results[0]
        ?.paper.id;
    const alone = async (text: string) => (await get(`/v1/search?mode=dense&k=1&q=${text}`)).results[0]?.paper.id;
    expect(await topOf(100)).toBe(await alone('koopman operator'));
    expect(await topOf(0.01)).toBe(await alone('image inpainting'));
  });
});
