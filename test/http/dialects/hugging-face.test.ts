/** The Hugging Face papers dialect over the seed corpus and a few papers of known days. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openSeededApp, type SeededApp } from '../../support/seeded.ts';

const DATED = {
  'arxiv:2501.00001': '2031-01-01',
  'arxiv:cs/0112017': '2031-01-05',
  'own/id': '2031-01-06',
  vague: '2031-01',
  vaguer: '2031',
};

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
  const drafts = Object.entries(DATED).map(([id, publishedAt]) => ({
    id,
    publishedAt,
    title: `Otters of ${id}`,
    abstract: 'They swim.',
  }));
  await seeded.services.store.upsert([...drafts, { id: 'undated', title: 'Otters without a day', authors: ['Ot Ter'] }], 'merge');
  await seeded.services.indexer.sync();
});
afterAll(() => seeded.close());

const paper = z.object({
  id: z.string(),
  authors: z.array(z.object({ name: z.string(), hidden: z.literal(false) })),
  publishedAt: z.iso.datetime().optional(),
  title: z.string(),
  summary: z.string(),
  upvotes: z.literal(0),
});
const listed = z.object({
  paper,
  publishedAt: z.iso.datetime().optional(),
  title: z.string(),
  summary: z.string(),
  numComments: z.literal(0),
});
async function list(url: string) {
  const { statusCode, body } = await seeded.app.inject(url);
  expect(statusCode, body).toBe(200);
  return z.array(listed).parse(JSON.parse(body));
}
const idsOf = async (url: string) => (await list(url)).map((item) => item.paper.id);
async function refused(url: string, status: number): Promise<string> {
  const { statusCode, body } = await seeded.app.inject(url);
  expect(statusCode, body).toBe(status);
  return z.strictObject({ error: z.string() }).parse(JSON.parse(body)).error;
}

it('searches by meaning and by words, as many as asked for', async () => {
  const [first, ...rest] = await list('/api/papers/search?q=exact+diffusion+inversion&limit=5');
  expect(rest).toHaveLength(4);
  expect(first?.title).toBe('EDICT: Exact Diffusion Inversion via Coupled Transformations');
  expect(first).toMatchObject({ title: first?.paper.title, summary: first?.paper.summary });
  expect(await list('/api/papers/search?q=vision')).toHaveLength(120);
  expect(await list(`/api/papers/search?limit=3&q=${encodeURIComponent('-vision "')}`)).toHaveLength(3);
});

it('lists the newest where nothing is searched for', async () => {
  expect(await idsOf('/api/papers/search?limit=2')).toEqual(['own/id', 'cs/0112017']);
});

it.each([
  ['2501.00001', '2501.00001', '2031-01-01T00:00:00.000Z'],
  ['arxiv:2501.00001', '2501.00001', '2031-01-01T00:00:00.000Z'],
  ['2501.00001v3', '2501.00001', '2031-01-01T00:00:00.000Z'],
  ['cs/0112017', 'cs/0112017', '2031-01-05T00:00:00.000Z'],
  ['own%2Fid', 'own/id', '2031-01-06T00:00:00.000Z'],
  ['own/id', 'own/id', '2031-01-06T00:00:00.000Z'],
  ['vague', 'vague', '2031-01-01T00:00:00.000Z'],
  ['vaguer', 'vaguer', '2031-01-01T00:00:00.000Z'],
  ['undated', 'undated', undefined],
])('gives the paper %s', async (asked, id, publishedAt) => {
  const found = paper.parse((await seeded.app.inject(`/api/papers/${asked}`)).json());
  expect([found.id, found.publishedAt]).toEqual([id, publishedAt]);
});

it.each([
  ['date=2031-01-01', ['2501.00001']],
  ['date=2031-01-02', []],
  ['week=2031-W01', ['cs/0112017', '2501.00001']],
  ['week=2031-W02', ['own/id']],
  ['week=2030-W52', []],
  ['month=2031-01', ['own/id', 'cs/0112017', '2501.00001', 'vague']],
  ['month=2031-01&limit=2', ['own/id', 'cs/0112017']],
  ['month=2031-01&limit=2&p=1', ['2501.00001', 'vague']],
  ['month=2031-01&limit=2&p=2', []],
  ['month=2031-02', []],
  ['limit=1&sort=trending', ['own/id']],
  ['month=2031-01&submitter=me', []],
])('lists the papers of a time: %s', async (query, ids) => {
  expect(await idsOf(`/api/daily_papers?${query}`)).toEqual(ids);
});

it('lists fifty by default, newest first', async () => {
  const days = (await list('/api/daily_papers')).map(({ publishedAt }) => publishedAt ?? '');
  expect(days).toHaveLength(50);
  expect(days).toEqual([...days].sort().reverse());
});

it('says in its shape what is wrong', async () => {
  expect(await refused('/api/papers/nobody', 404)).toBe('Paper not found');
  expect(await refused('/api/models/bert', 404)).toContain('/api/models/bert');
  expect(await refused('/api/papers/%E0%A4%A', 400)).toContain('cannot be decoded');
  const wrong = ['date=2031-02-30', 'date=soon', 'week=2031-W54', 'month=2031-13', 'limit=0', 'limit=101', 'p=-1', 'sort=best'];
  for (const query of wrong) expect(await refused(`/api/daily_papers?${query}`, 400)).toContain(query.split('=')[0]);
  expect(await refused('/api/daily_papers?date=2031-01-01&month=2031-01', 400)).toContain('only one');
  for (const query of ['q=a&limit=121', `q=${'x'.repeat(251)}`, 'q=a&q=b']) {
    expect(await refused(`/api/papers/search?${query}`, 400)).toMatch(/limit|q/);
  }
});
