/** Feeds of papers as feed readers see them: valid, stable, absolute, and only sent again when something has changed. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';
import { problemOf } from '../support/wire.ts';
import { childrenOf, parseXml, type XmlNode } from '../support/xml-tree.ts';

const SEARCH = '/v1/feeds/search';
const Q = 'q=exact+diffusion+inversion';
const EDICT = 'dp-0e9d231d5629';
const BASE = 'http://papers.test:8080';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
});
afterAll(() => seeded.close());

async function get(url: string, headers: Record<string, string> = {}) {
  const response = await seeded.app.inject({ url, headers: { host: 'papers.test:8080', ...headers } });
  expect(response.statusCode, response.body).toBe(200);
  return response;
}
async function put(id: string, paper: object): Promise<void> {
  const url = `/v1/papers/${encodeURIComponent(id)}?wait=true`;
  const response = await seeded.app.inject({ method: 'PUT', url, payload: paper });
  expect([200, 201], response.body).toContain(response.statusCode);
}
async function remove(id: string): Promise<void> {
  const response = await seeded.app.inject({ method: 'DELETE', url: `/v1/papers/${encodeURIComponent(id)}` });
  expect(response.statusCode).toBe(204);
}

/** RFC 3339, as RFC 4287 wants it. */
const instant = z.iso.datetime({ offset: true });
const iri = z.string().refine((text) => URL.canParse(text));
const one = (node: XmlNode, name: string): XmlNode => {
  const [found, ...more] = childrenOf(node, name);
  if (found === undefined || more.length > 0) throw new Error(`${node.name} must have one ${name}`);
  return found;
};
const hrefsOf = (node: XmlNode, rel: string) =>
  childrenOf(node, 'link')
    .filter(({ attributes }) => attributes['rel'] === rel)
    .map(({ attributes }) => attributes['href']);

/** What RFC 4287 section 4.1 asks of a feed and its entries. */
function checkedAtom(text: string) {
  const feed = parseXml(text);
  expect([feed.name, feed.uri]).toEqual(['feed', 'http://www.w3.org/2005/Atom']);
  expect(childrenOf(feed, 'author').map((author) => one(author, 'name').text)).toEqual(['Paperkin']);
  const [self, home] = [hrefsOf(feed, 'self'), hrefsOf(feed, 'alternate')];
  expect([self.length, home.length]).toEqual([1, 1]);
  const entries = childrenOf(feed, 'entry').map((entry) => {
    expect(childrenOf(entry, 'summary').length).toBeLessThanOrEqual(1);
    const [url, ...others] = hrefsOf(entry, 'alternate');
    expect(others).toEqual([]);
    return {
      id: iri.parse(one(entry, 'id').text),
      title: one(entry, 'title').text,
      updated: instant.parse(one(entry, 'updated').text),
      published: childrenOf(entry, 'published').map((node) => instant.parse(node.text))[0],
      url: iri.parse(url),
      authors: childrenOf(entry, 'author').map((author) => one(author, 'name').text),
      tags: childrenOf(entry, 'category').map(({ attributes }) => attributes['term']),
      summary: childrenOf(entry, 'summary')[0]?.text ?? '',
      related: hrefsOf(entry, 'related'),
    };
  });
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  const updated = instant.parse(one(feed, 'updated').text);
  return { id: iri.parse(one(feed, 'id').text), title: one(feed, 'title').text, updated, self: iri.parse(self[0]), entries };
}
const atom = async (url: string) => checkedAtom((await get(url)).body);

/** https://www.jsonfeed.org/version/1.1/ */
const jsonFeed = z.strictObject({
  version: z.literal('https://jsonfeed.org/version/1.1'),
  title: z.string().min(1),
  home_page_url: z.url(),
  feed_url: z.url(),
  items: z.array(
    z.strictObject({
      id: z.string().min(1),
      url: z.url(),
      title: z.string(),
      content_text: z.string(),
      date_published: instant.optional(),
      authors: z
        .array(z.strictObject({ name: z.string().min(1) }))
        .min(1)
        .optional(),
      tags: z.array(z.string()).min(1).optional(),
    }),
  ),
});
const json = async (url: string) => jsonFeed.parse((await get(url)).json());
const idOf = (id: string) => `urn:paperkin:paper:${encodeURIComponent(id)}`;

describe('a feed', () => {
  it.each([
    ['search', Q],
    ['recommend', `like=${EDICT}&q=image+editing&dislike=dp-64b7228ce25e`],
  ])('of %s is valid Atom and valid JSON Feed of the same papers', async (name, query) => {
    const response = await get(`/v1/feeds/${name}.atom?${query}`);
    expect(response.headers['content-type']).toBe('application/atom+xml; charset=utf-8');
    const { entries, title, self } = checkedAtom(response.body);
    expect(entries).toHaveLength(50);
    expect(self).toBe(`${BASE}/v1/feeds/${name}.atom?${query}`);
    const found = await get(`/v1/feeds/${name}.json?${query}`);
    expect(found.headers['content-type']).toBe('application/feed+json; charset=utf-8');
    const feed = jsonFeed.parse(found.json());
    expect(feed.title).toBe(title);
    const same = feed.items.map(({ content_text, date_published, authors = [], tags = [], ...item }) => ({
      ...item,
      summary: content_text,
      published: date_published,
      authors: authors.map((author) => author.name),
      tags,
    }));
    expect(same).toEqual(entries.map(({ updated: _, related: __, ...entry }) => entry));
  });

  it('lists the best of a question newest first, and says when by the papers alone', async () => {
    const { entries, updated } = await atom(`${SEARCH}.atom?${Q}&k=20`);
    const times = entries.map((entry) => entry.updated);
    expect(times).toEqual([...times].sort().reverse());
    expect(updated).toBe(times[0]);
    expect(entries.map(({ title }) => title)).toContain('EDICT: Exact Diffusion Inversion via Coupled Transformations');
  });

  it('lets a new paper in that an old one of the same words would keep out, unless age is to count for nothing', async () => {
    const text = { title: 'Beaver dams hold back floods', abstract: 'Beavers fell trees to dam streams, and water waits.' };
    const newer = { title: 'Rodents as engineers of rivers', abstract: 'Beavers and muskrats change how water runs in a river.' };
    await put('old dam', { ...text, publishedAt: '1990-01-01' });
    await put('new dam', { ...newer, publishedAt: '2026-01-15' });
    const first = async (more: string) => {
      const { items } = await json(`${SEARCH}.json?q=beaver+dams+hold+back+floods&mode=dense&k=1${more}`);
      return items.map(({ id }) => id);
    };
    expect(await first('')).toEqual([idOf('new dam')]);
    expect(await first('&recency=1000y')).toEqual([idOf('old dam')]);
    await remove('old dam');
    await remove('new dam');
  });

  it('takes conditions, and names a paper the same wherever it is found', async () => {
    const { entries } = await atom(`${SEARCH}.atom?${Q}&from=2023&k=10`);
    expect(entries).toHaveLength(10);
    for (const { updated } of entries) expect(updated >= '2023').toBe(true);
    const again = await atom('/v1/feeds/recommend.atom?q=exact+diffusion+inversion&k=200');
    expect(again.entries.map(({ id }) => id)).toContain(idOf(EDICT));
    const [three, four] = [await atom(`${SEARCH}.atom?${Q}&k=3`), await atom(`${SEARCH}.atom?${Q}&k=4`)];
    expect(three.id).toBe(four.id);
    expect(three.id).not.toBe((await atom(`${SEARCH}.atom?q=something+else&k=3`)).id);
  });

  it('is empty, and still valid, where nothing matches', async () => {
    const { entries, updated } = await atom(`${SEARCH}.atom?${Q}&from=2199`);
    expect([entries, updated]).toEqual([[], '1970-01-01T00:00:00Z']);
    expect((await json(`${SEARCH}.json?${Q}&from=2199`)).items).toEqual([]);
  });

  it('is named after what is asked', async () => {
    expect((await atom(`${SEARCH}.atom?q=a+%3Cb%3E+%26+c`)).title).toBe('Paperkin: a <b> & c');
    const { title } = await atom(`/v1/feeds/recommend.atom?like=${EDICT}&like=unknown&q=editing`);
    expect(title).toBe('Paperkin: papers like EDICT: Exact Diffusion Inversion via Coupled Transformations and 1 more');
  });
});

describe('any text of a paper', () => {
  it('comes out of Atom as it went in, but for what XML cannot say', async () => {
    const said = (value: string) => value.trim().replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((value) => said(value).trim() !== '');
    const id = 'odd/ü "1" <&>';
    const property = fc.asyncProperty(text, text, text, text, async (title, abstract, author, category) => {
      await put(id, { title, abstract, authors: [author], categories: [category], publishedAt: '2031-02' });
      const { entries } = await atom(`${SEARCH}.atom?${Q}&from=2031`);
      expect(entries).toEqual([
        {
          id: idOf(id),
          title: said(title),
          summary: said(abstract),
          authors: [said(author)],
          tags: [said(category)],
          updated: '2031-02-01T00:00:00Z',
          published: '2031-02-01T00:00:00Z',
          url: `${BASE}/papers/${encodeURIComponent(id)}`,
          related: [],
        },
      ]);
    });
    await fc.assert(property, { numRuns: 40 });
    await remove(id);
  });
});

describe('a reader that asks again', () => {
  it.each(['atom', 'json'])('is told that nothing has changed until something has: %s', async (extension) => {
    const url = `${SEARCH}.${extension}?q=sourdough+bread`;
    const etag = String((await get(url)).headers['etag']);
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect((await get(url)).headers['etag']).toBe(etag);
    for (const sent of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const headers = { host: 'papers.test:8080', 'if-none-match': sent };
      const again = await seeded.app.inject({ url, headers });
      expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', etag]);
    }
    await put('bread', { title: 'What lives in sourdough bread', abstract: 'Yeasts.', publishedAt: '2026-01-01' });
    const changed = await get(url, { 'if-none-match': etag });
    expect(changed.headers['etag']).not.toBe(etag);
    expect(changed.body).toContain('What lives in sourdough bread');
    await remove('bread');
  });
});

describe('links', () => {
  it('lead to where the request was sent, or to the address that is set', async () => {
    const { body } = await get(`${SEARCH}.json?${Q}&k=1`);
    expect(jsonFeed.parse(JSON.parse(body))).toMatchObject({
      home_page_url: `${BASE}/?q=exact+diffusion+inversion&mode=hybrid`,
      feed_url: `${BASE}${SEARCH}.json?${Q}&k=1`,
    });
    const { app, close } = await openSeededApp({ PUBLIC_URL: 'https://example.org/papers/' });
    const url = `/v1/feeds/recommend.json?like=${EDICT}&dislike=a&from=2020`;
    const response = await app.inject({ url, headers: { host: 'x' } });
    expect(jsonFeed.parse(response.json())).toMatchObject({
      home_page_url: `https://example.org/papers/like-these?from=2020&like=${EDICT}&dislike=a`,
      feed_url: `https://example.org/papers${url}`,
    });
    await close();
  });
});

it.each([
  [`${SEARCH}.atom`, 'q'],
  [`${SEARCH}.json?${Q}&k=201`, 'k'],
  [`${SEARCH}.json?${Q}&recency=soon`, 'recency'],
  [`${SEARCH}.atom?${Q}&cursor=10-a`, 'cursor'],
  ['/v1/feeds/recommend.atom', 'like'],
  ['/v1/feeds/recommend.json?dislike=a', 'like'],
  ['/v1/feeds/recommend.json?like=', 'like.0'],
])('says what is wrong: %s', async (url, path) => {
  const { status, errors } = problemOf(await seeded.app.inject(url));
  expect([status, errors?.[0]?.path]).toEqual([400, path]);
});

it('does not know what nobody knows', async () => {
  expect(problemOf(await seeded.app.inject('/v1/feeds/recommend.atom?like=nobody')).status).toBe(404);
  expect(problemOf(await seeded.app.inject(`${SEARCH}.rss?${Q}`)).status).toBe(404);
});
