/** The TypeScript client over the real service: every question it can ask, and what it makes of refusals. */
import { type Client, createClient, type Job, PaperkinError } from '@paperkin/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { copySeeded, openSeededApp, type SeededApp, type TempDir } from '../support/seeded.ts';
import { endServer, type Server, startServer } from '../support/server.ts';
import { type InBetween, type Refusal, standBetween } from './in-between.ts';

const EDICT = 'dp-0e9d231d5629';
const KOOPMAN = 'dp-64b7228ce25e';

let seeded: SeededApp;
let url: string;
let client: Client;
beforeAll(async () => {
  seeded = await openSeededApp();
  url = await seeded.app.listen({ host: '127.0.0.1', port: 0 });
  client = createClient({ baseUrl: `${url}/` });
});
afterAll(() => seeded.close());

const errorOf = async (asked: Promise<unknown>): Promise<PaperkinError> => {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PaperkinError)) throw new Error(`no PaperkinError but ${error}`);
  return error;
};

describe('asking', () => {
  it('finds papers for a text, and the next page of them', async () => {
    const first = await client.search({ q: 'exact diffusion inversion', k: 2 });
    expect(first.results.map(({ rank }) => rank)).toEqual([1, 2]);
    expect(first.results[0]?.paper.id).toBe(EDICT);
    const next = await client.search({ q: 'exact diffusion inversion', k: 1, cursor: first.nextCursor ?? '' });
    expect(next.results[0]?.rank).toBe(3);
  });

  it('gives the same papers for conditions and for the same conditions in a filter of filters', async () => {
    const q = 'diffusion models';
    const flat = await client.search({ q, explain: true, filter: { from: '2022', minAuthors: 3 } });
    const nested = await client.search({ q, explain: true, filter: { and: [{ from: '2022' }, { minAuthors: 3 }] } });
    expect(flat.results.length).toBeGreaterThan(0);
    expect(nested.results).toEqual(flat.results);
    for (const { paper, why } of flat.results) {
      expect(paper.authorCount).toBeGreaterThan(2);
      expect((paper.publishedAt ?? '') >= '2022').toBe(true);
      expect(why).toBeDefined();
    }
  });

  it('reads a text that no address has room for', async () => {
    const { warnings, results } = await client.search({ q: '扩散模型 '.repeat(380), k: 1, mode: 'dense' });
    expect(results).toHaveLength(1);
    expect(warnings.length).toBeGreaterThan(0);
  });

  it('finds papers like one, and like some and unlike others', async () => {
    const similar = await client.similar(EDICT, { k: 5, filter: { to: '2024' } });
    expect(similar.seeds?.used).toEqual([EDICT]);
    for (const { paper } of similar.results) expect((paper.publishedAt ?? '') < '2025').toBe(true);
    const { results, seeds } = await client.recommend({
      like: [{ id: EDICT }, { text: 'image editing', weight: 2 }],
      dislike: [{ id: KOOPMAN }],
      k: 3,
    });
    expect(seeds?.used).toEqual([EDICT, KOOPMAN]);
    expect(results[0]?.contributions).toHaveLength(3);
  });

  it('exports lists and papers as text', async () => {
    const question = { q: 'exact diffusion inversion', k: 2 };
    expect(await client.export.search(question, 'markdown')).toContain('EDICT: Exact Diffusion Inversion');
    const nested = { ...question, filter: { and: [{ from: '2022' }] } };
    expect((await client.export.search(nested, 'csv')).split('\r\n')[0]).toContain('title');
    expect((await client.export.similar(EDICT, { k: 3 }, 'bibtex')).match(/^@/gm)).toHaveLength(3);
    expect((await client.export.recommend({ like: [{ id: EDICT }], k: 4 }, 'bibtex')).match(/^@/gm)).toHaveLength(4);
    expect(await client.export.paper(EDICT, 'markdown')).toContain('EDICT: Exact Diffusion Inversion');
  });

  it('says why a paper is not in a list', async () => {
    const found = await client.whyNot.search({ q: 'exact diffusion inversion', k: 3 }, EDICT);
    expect(found).toMatchObject({ id: EDICT, rank: 1, causes: [] });
    const missed = await client.whyNot.similar(EDICT, KOOPMAN, { k: 1, filter: { from: '2030' } });
    expect(missed.causes.map(({ code }) => code)).toContain('filtered');
    expect((await client.whyNot.similar(EDICT, 'unknown')).causes[0]?.code).toBe('unknown');
  });

  it('embeds, and says what the service is', async () => {
    const { embeddings, dim, space } = await client.embed({ texts: ['exact diffusion inversion', 'beavers'], kind: 'query' });
    expect(embeddings.map(({ vector }) => vector.length)).toEqual([dim, dim]);
    const info = await client.info();
    expect(info).toMatchObject({ name: 'paperkin', space, model: { dim } });
    expect(await client.ready()).toEqual({ status: 'ready', degraded: null });
  });
});

it('writes papers, reads them and removes them, whatever their ids', async () => {
  const id = 'notes/a b?c#d%2F';
  const stored = await client.papers.put(id, { title: 'Dam building in beavers', venue: 'Rivers' }, { wait: true });
  expect(stored).toMatchObject({ paper: { id, venue: 'Rivers' }, indexed: true });
  expect((await client.similar(id, { k: 1 })).results).toHaveLength(1);
  const report = await client.papers.post([
    { id, title: 'Dam building in beavers', abstract: 'They fell trees.' },
    { title: 'Otters' },
  ]);
  expect(report).toMatchObject({ new: 1, changed: 1, ids: [id, expect.stringMatching(/^dp-/)] });
  expect(await client.papers.get(id)).toMatchObject({ venue: 'Rivers', abstract: 'They fell trees.' });
  const [, otters = ''] = report.ids;
  const { papers, missing } = await client.papers.getMany([otters, 'unknown']);
  expect([papers.map(({ title }) => title), missing]).toEqual([['Otters'], ['unknown']]);
  for (const gone of [id, otters]) expect(await client.papers.delete(gone)).toBeUndefined();
  expect((await errorOf(client.papers.get(id))).code).toBe('paper_not_found');
});

it('sends a file of papers, whose bad lines are reported', async () => {
  const file = new Blob(['{"id": "from-a-file", "title": "Herons"}\n', '{"id": "no-title"}\n']);
  expect(await client.papers.post(file, { wait: true })).toMatchObject({
    new: 1,
    rejected: 1,
    errors: [{ line: 2 }],
    indexed: true,
  });
  await client.papers.delete('from-a-file');
});

it('lists papers page by page', async () => {
  const first = await client.papers.list({ limit: 200 });
  const second = await client.papers.list({ limit: 200, cursor: first.nextCursor ?? '' });
  const third = await client.papers.list({ limit: 200, cursor: second.nextCursor ?? '' });
  const ids = [first, second, third].flatMap(({ papers }) => papers.map(({ id }) => id));
  expect(new Set(ids).size).toBe(409);
  expect(third.nextCursor).toBeNull();
});

describe('when it goes wrong', () => {
  let between: InBetween | undefined;
  afterEach(() => between?.close());
  const behind = async (refusals: readonly Refusal[]) => {
    between = await standBetween(url, refusals);
    return between;
  };
  const busy = (after: string, status = 429): Refusal => ({ status, headers: { 'retry-after': after } });

  it('throws the problem that the service names, with the fields that are wrong', async () => {
    const error = await errorOf(client.search({ q: 'vision', k: 500 }));
    expect(error).toMatchObject({ status: 400, code: 'invalid_input', retryAfterS: null, requestId: expect.any(String) });
    expect(error.errors).toEqual([{ path: 'k', message: expect.stringContaining('200') }]);
    expect(error.detail).toContain('k');
  });

  it('tells an answer of something else, and none, from the problems of the service', async () => {
    const html = { 'content-type': 'text/html' };
    const { url: proxy } = await behind([
      { status: 502, headers: html, body: '<h1>Bad gateway</h1>' },
      { status: 200, headers: html, body: '<h1>Log in</h1>' },
    ]);
    const proxied = createClient({ baseUrl: proxy });
    expect(await errorOf(proxied.info())).toMatchObject({ status: 502, code: 'http_502' });
    expect(await errorOf(proxied.info())).toMatchObject({ status: 200, code: 'unreadable', cause: expect.any(SyntaxError) });
    between?.close();
    expect(await errorOf(proxied.info())).toMatchObject({ status: 0, code: 'network', cause: expect.any(TypeError) });
  });

  it('asks once more after the time that it is told, with the same body', async () => {
    const { url: proxy, asked } = await behind([busy('0')]);
    const { results } = await createClient({ baseUrl: proxy }).recommend({ like: [{ id: EDICT }], k: 1 });
    expect(results).toHaveLength(1);
    expect(asked).toHaveLength(2);
  });

  it('does not ask a third time, nor after a longer wait than it is to make, nor where no time is told', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const { url: proxy, asked } = await behind([
      busy('0', 503),
      busy('7', 503),
      busy('31'),
      busy(inAnHour),
      { status: 503 },
      busy('0'),
    ]);
    const proxied = createClient({ baseUrl: proxy });
    expect(await errorOf(proxied.info())).toMatchObject({ status: 503, retryAfterS: 7 });
    expect(asked).toHaveLength(2);
    expect(await errorOf(proxied.info())).toMatchObject({ status: 429, retryAfterS: 31 });
    expect((await errorOf(proxied.info())).retryAfterS).toBeGreaterThan(3_000);
    expect((await errorOf(proxied.info())).retryAfterS).toBeNull();
    expect((await errorOf(createClient({ baseUrl: proxy, maxRetryAfterS: -1 }).info())).retryAfterS).toBe(0);
    expect(asked).toHaveLength(6);
  });

  it('ends with the reason of the signal, before asking, while waiting and while watching a job', async () => {
    const reason = new Error('no longer wanted');
    await expect(client.search({ q: 'vision' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const { url: proxy, asked } = await behind([busy('20')]);
    const waiting = new AbortController();
    const answer = createClient({ baseUrl: proxy }).info({ signal: waiting.signal });
    const ended = expect(answer).rejects.toBe(reason);
    await expect.poll(() => asked.length).toBe(1);
    waiting.abort(reason);
    await ended;
    expect(asked).toHaveLength(1);

    // Nothing runs jobs here: it waits.
    const { id } = await client.jobs.start({ kind: 'compact' });
    const watching = new AbortController();
    const jobs = client.jobs.watch(id, { signal: watching.signal });
    expect((await jobs.next()).value).toMatchObject({ id, state: 'enqueued' });
    watching.abort(reason);
    await expect(jobs.next()).rejects.toBe(reason);
  });

  it('shows its key', async () => {
    const { url: proxy, asked } = await behind([]);
    await createClient({ baseUrl: proxy, apiKey: 'pk_of_mine' }).info();
    await createClient({ baseUrl: proxy }).info();
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer pk_of_mine', undefined]);
  });
});

describe('jobs', () => {
  let dir: TempDir;
  let server: Server;
  beforeAll(async () => {
    dir = await copySeeded();
    server = await startServer(dir.path);
  });
  afterAll(async () => {
    await endServer(server, 'SIGTERM');
    await dir.remove();
  });

  it('are priced, started, watched to their end and listed', async () => {
    const { jobs } = createClient({ baseUrl: server.url });
    const file = new Blob(['{"title": "Glacier melt rates"}\n', '{"abstract": "no title"}\n']);
    expect((await jobs.price(file)).papers).toMatchObject({ new: 1, rejected: 1 });
    const { id } = await jobs.start(file);
    const seen: Job[] = [];
    for await (const job of jobs.watch(id)) seen.push(job);
    expect(seen.at(-1)).toMatchObject({ id, kind: 'import', state: 'succeeded', rejected: 1 });
    expect(await jobs.rejects(id)).toEqual([expect.objectContaining({ line: 2 })]);
    expect(await jobs.rejects(id, { after: 1 })).toEqual([]);
    expect(await jobs.get(id)).toEqual(seen.at(-1));
    expect((await jobs.list({ limit: 1 })).map((job) => job.id)).toEqual([id]);
    // What has ended stays as it is.
    expect((await jobs.cancel(id)).state).toBe('succeeded');
    expect((await errorOf(jobs.retry('job-000000000000'))).code).toBe('job_not_found');
  });
});
