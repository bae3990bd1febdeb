// What is kept ready gives the answers that a search gives, changes with every write, and is to the byte what its schema says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { answerSchema, paperSchema } from '#dist/http/schemas.js';
import { type Paper, readRecord } from '#dist/paper.js';
import type { Answer } from '#dist/recommend/answer.js';
import type { ListOptions } from '#dist/recommend/list.js';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { askedFor, asker } from '../support/wire.ts';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
});
afterAll(() => seeded.close());

const { get } = asker(() => seeded.app);
const similar = (id: string, rest = 'k=10') => `/v1/papers/${encodeURIComponent(id)}/similar?${rest}`;

async function allPapers(): Promise<Paper[]> {
  const papers = await seeded.services.store.list({ limit: 1_000 });
  expect(papers.length).toBeGreaterThanOrEqual(409);
  return papers;
}

/** All lists are ready. */
async function kept(): Promise<void> {
  const { index } = seeded.services;
  await index.keepAll();
  const { kept, count } = await index.stats();
  expect(kept).toBe(count);
}

/** Every paper matches: they are compared one by one, and nothing that is kept is read. */
const SCANNED = { not: { source: 'nowhere' } } as const;
const PLAIN: ListOptions = { k: 10, offset: 0, fold: true, diversity: 0, recency: null, sort: 'score', minScore: null };

function saidBy({ results, more, seeds }: Answer) {
  return {
    hits: results.map(({ rank, paper, versions }) => ({ rank, id: paper.id, versions })),
    more,
    folded: seeds?.folded,
  };
}

async function expectSameAsScanned(ids: readonly string[], options: ListOptions): Promise<number> {
  const { recommender } = seeded.services;
  let versions = 0;
  for (const id of ids) {
    const [ready, scanned] = [
      await recommender.similar(id, options),
      await recommender.similar(id, { ...options, filter: SCANNED }),
    ];
    expect(ready.plan.nearest?.method).toBe('kept');
    expect(scanned.plan.nearest?.method).toBe('scan');
    expect(saidBy(ready), id).toEqual(saidBy(scanned));
    // Float32 sums in another order.
    for (const [i, { score }] of ready.results.entries())
      expect(Math.abs(score - (scanned.results[i]?.score ?? 2))).toBeLessThan(3e-6);
    versions += ready.results.filter((hit) => hit.versions.length > 0).length + (ready.seeds?.folded.length ?? 0);
  }
  return versions;
}

const put = async (id: string, payload: object) => {
  const response = await seeded.app.inject({ method: 'PUT', url: `/v1/papers/${id}?wait=true`, payload });
  expect([200, 201], response.body).toContain(response.statusCode);
};

describe('papers like one paper, from what is kept', () => {
  it('are those of an exact search, for every paper of the seed corpus', async () => {
    await kept();
    const ids = (await allPapers()).map(({ id }) => id);
    await expectSameAsScanned(ids, PLAIN);
    await expectSameAsScanned(ids.slice(0, 60), { ...PLAIN, k: 25, fold: false, minScore: 0.3 });
    await expectSameAsScanned(ids.slice(0, 60), { ...PLAIN, k: 9, offset: 15 });
  });

  it('go on behind what is kept, without a repeat', async () => {
    const [first] = await allPapers();
    const seen: string[] = [];
    for (let url = similar(first?.id ?? '', 'k=15'); url !== ''; ) {
      const page = await get(url);
      seen.push(...page.results.map(({ paper }) => paper.id));
      url = page.nextCursor === null ? '' : similar(first?.id ?? '', `k=15&cursor=${page.nextCursor}`);
    }
    expect(seen).toHaveLength(200);
    expect(new Set(seen).size).toBe(200);
  });

  it('fold versions as an exact search does, asked about or found', async () => {
    const papers = (await allPapers()).filter(({ abstract }) => abstract.length > 400).slice(0, 40);
    const versions = papers.flatMap(({ id, title, abstract, authors }, i) => [
      { id: `twin:${id}`, title: title.toUpperCase(), abstract, authors, venue: i % 2 === 0 ? 'NeurIPS' : null },
      ...(i % 3 === 0 ? [{ id: `cut:${id}`, title: `${title} (extended abstract)`, abstract: abstract.slice(0, 300) }] : []),
      ...(i % 5 === 0 ? [{ id: `sequel:${id}`, title: `${title}: Part II`, abstract }] : []),
    ]);
    const response = await seeded.app.inject({ method: 'POST', url: '/v1/papers?wait=true', payload: versions });
    expect(response.statusCode, response.body).toBe(200);
    await kept();
    const found = await expectSameAsScanned(
      [...papers, ...versions].map(({ id }) => id),
      PLAIN,
    );
    expect(found).toBeGreaterThan(100);
  });
});

describe('a write that is acknowledged', () => {
  const abstract =
    'Sourdough starters are communities of lactic acid bacteria and yeasts. We follow forty of them for a year and find that flour decides.';
  const near = async (id: string) => (await get(similar(id, 'k=3'))).results.map(({ paper }) => `${paper.id}: ${paper.title}`);

  it('is in the very next answer, however often that was asked for before', async () => {
    await put('bread', { title: 'What lives in sourdough', abstract });
    await put('toast', { title: 'Microbes of sourdough bread', abstract: `${abstract} We toast them.` });
    await put('beer', { title: 'Yeasts of sour beer', abstract: 'Sour beers are fermented by yeasts and lactic acid bacteria.' });
    await kept();
    for (let i = 0; i < 3; i++) expect((await near('beer')).slice(0, 2).map((hit) => hit.slice(0, 5))).toContain('bread');
    await put('bread', { title: 'What lives in a starter', abstract });
    expect(await near('beer')).toContain('bread: What lives in a starter');
    await put('cider', {
      title: 'Yeasts of sour cider',
      abstract: 'Sour ciders are fermented by yeasts and lactic acid bacteria.',
    });
    expect((await near('beer'))[0]).toBe('cider: Yeasts of sour cider');
    await kept();
    expect((await near('beer'))[0]).toBe('cider: Yeasts of sour cider');
    expect((await seeded.app.inject({ method: 'DELETE', url: '/v1/papers/cider' })).statusCode).toBe(204);
    expect(await near('beer')).not.toContain('cider: Yeasts of sour cider');
    expect((await seeded.app.inject(similar('cider'))).statusCode).toBe(404);
  });

  it('makes two papers one work where their texts are one now', async () => {
    await kept();
    const both = async () => (await near('beer')).filter((hit) => /^(bread|toast)/.test(hit)).length;
    expect(await both()).toBe(2);
    await put('toast', { title: 'What lives in a starter', abstract, authors: ['A. Baker'] });
    await kept();
    expect(await both()).toBe(1);
  });
});

describe('bytes', () => {
  /** No field more or less, none in another place, nothing written otherwise. */
  function expectExact(body: string, schema: z.ZodType): void {
    const exact = JSON.stringify(schema.parse(JSON.parse(body)));
    const at = exact.split('').findIndex((letter, i) => letter !== body[i]);
    expect(at === -1 ? '' : `${exact.slice(at - 20, at + 60)} / ${body.slice(at - 20, at + 60)}`).toBe('');
    expect(exact.length).toBe(body.length);
  }

  const odd = {
    title: 'A "quoted" title\\ with\ttabs, 𝔘nicode, ü and \u2028 \u0007',
    abstract: 'Line\nbreaks, </script>, emoji 🥖 and ½ of it.',
    authors: ['Łukasz "Ł" Żak', 'José'],
    categories: ['cs.CL'],
    venue: 'Zürich',
    publishedAt: '2024-02',
  };

  it('of an answer are to the last one those of its schema', async () => {
    const payload = [
      { id: 'odd/ü "1"', ...odd },
      { id: 'odd 2', ...odd, title: `${odd.title} again`, version: 3, url: 'https://example.org/?a=1&b="2"' },
      { id: 'odd 3', title: odd.title, abstract: odd.abstract },
    ];
    const stored = await seeded.app.inject({ method: 'POST', url: '/v1/papers?wait=true', payload });
    expect(stored.statusCode, stored.body).toBe(200);
    await kept();
    const q = encodeURIComponent('quoted titles "unicode"');
    for (const url of [
      similar('odd/ü "1"'),
      similar('odd/ü "1"', 'fold=false&k=3'),
      similar('odd 2', 'k=200'),
      similar('odd 2', 'k=1&explain=true'),
      `/v1/search?q=${q}&k=5`,
      `/v1/search?q=${q}&mode=lexical`,
      '/v1/search?q=%E4%BD%A0%E5%A5%BD&mode=dense&k=2',
    ]) {
      const response = await seeded.app.inject(url);
      askedFor(response);
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(Number(response.headers['content-length'])).toBe(Buffer.byteLength(response.body));
      expectExact(response.body, answerSchema);
    }
    const body = { like: [{ id: 'odd 2' }, { text: 'bread' }], dislike: [{ id: 'unknown' }], explain: true, k: 4 };
    expectExact((await seeded.app.inject({ method: 'POST', url: '/v1/recommend', payload: body })).body, answerSchema);
    for (const { id } of payload) {
      const response = await seeded.app.inject(`/v1/papers/${encodeURIComponent(id)}`);
      expectExact(response.body, paperSchema);
      const [record] = await seeded.services.store.records([id]);
      expect(response.json()).toEqual(record && readRecord(record));
    }
  });

  it('are given again where nothing has changed, but not to who does not want that', async () => {
    const [paper] = await allPapers();
    for (const url of [similar(paper?.id ?? '', 'k=7'), '/v1/search?q=papers+that+are+asked+for+again&k=7']) await givenAgain(url);
    // What ages is made anew.
    const aged = similar(paper?.id ?? '', 'k=7&recency=1y');
    expect((await seeded.app.inject(aged)).body).not.toBe((await seeded.app.inject(aged)).body);
  });

  async function givenAgain(url: string): Promise<void> {
    const first = (await seeded.app.inject(url)).body;
    expect((await seeded.app.inject(url)).body).toBe(first);
    const again = (await seeded.app.inject({ url, headers: { 'cache-control': 'no-cache' } })).body;
    const { tookMs: _, ...answer } = JSON.parse(again);
    expect(JSON.parse(first)).toMatchObject(answer);
    expect(again).not.toBe(first);
  }

  it('of a search are made anew when a paper has come', async () => {
    const url = '/v1/search?q=bacteria+of+fermented+tea&k=3';
    expect((await get(url)).results.map(({ paper }) => paper.id)).not.toContain('kombucha');
    await put('kombucha', { title: 'Bacteria of fermented tea', abstract: 'What lives in kombucha, a fermented tea.' });
    expect((await get(url)).results[0]?.paper.id).toBe('kombucha');
  });
});
