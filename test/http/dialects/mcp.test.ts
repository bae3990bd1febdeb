/** The tools for agents over the seed corpus, through the official client of the Model Context Protocol. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { paperSchema } from '#dist/http/schemas.js';
import { openSeededApp, type SeededApp } from '../../support/seeded.ts';
import { asker } from '../../support/wire.ts';

const EDICT = 'dp-0e9d231d5629';

let seeded: SeededApp;
let client: Client;
beforeAll(async () => {
  seeded = await openSeededApp({ PUBLIC_URL: 'https://papers.example.org/', CORS_ORIGINS: 'https://agents.example' });
  const papers = [
    { id: 'arxiv:2106.15928', title: 'Beaver dams hold back floods', abstract: 'Beavers fell trees to dam streams.' },
    { id: 'own/`odd` id', title: 'A *beaver* of our own', abstract: '# Not a heading\n\n- not a list', authors: ['Ada Dam'] },
  ];
  await seeded.services.store.upsert(papers, 'merge');
  await seeded.services.indexer.sync();
  const address = await seeded.app.listen({ host: '127.0.0.1', port: 0 });
  client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${address}/mcp`)));
  // The client then checks every answer against the schema that the tool publishes.
  await client.listTools();
});
afterAll(async () => {
  await client.close();
  await seeded.close();
});

const wire = asker(() => seeded.app);
const resultSchema = z.object({
  isError: z.boolean().optional(),
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  structuredContent: z.unknown().optional(),
});
const call = async (name: string, args: Record<string, unknown>) =>
  resultSchema.parse(await client.callTool({ name, arguments: args }));
async function answered(name: string, args: Record<string, unknown>) {
  const { isError, content, structuredContent } = await call(name, args);
  expect(isError, content[0].text).not.toBe(true);
  return { text: content[0].text, data: structuredContent };
}
const listedSchema = z.strictObject({
  papers: z.array(
    z.strictObject({
      rank: z.int(),
      score: z.number(),
      ...paperSchema.shape,
      abstract: z.string().optional(),
      versions: z.array(z.string()),
    }),
  ),
  warnings: z.array(z.string()),
  missing: z.array(z.string()).optional(),
});
async function list(name: string, args: Record<string, unknown>) {
  const { text, data } = await answered(name, args);
  return { text, ...listedSchema.parse(data) };
}
async function refused(name: string, args: Record<string, unknown>): Promise<string> {
  const { isError, content } = await call(name, args);
  expect(isError).toBe(true);
  return content[0].text;
}
const post = (payload: object | string, headers: Record<string, string> = {}) =>
  seeded.app.inject({ method: 'POST', url: '/mcp', headers: { 'content-type': 'application/json', ...headers }, payload });
const LIST = { jsonrpc: '2.0', id: 7, method: 'tools/list' };
const errorSchema = z.strictObject({
  jsonrpc: z.literal('2.0'),
  error: z.strictObject({ code: z.int(), message: z.string() }),
  id: z.null(),
});
const errorOf = (body: string) => errorSchema.parse(JSON.parse(body)).error;

describe('tools', () => {
  it('are three that only read, each with what it takes and what it gives', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['search_papers', 'similar_papers', 'get_paper']);
    for (const { inputSchema, outputSchema, annotations, description } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true });
      expect(description).toMatch(/\w/);
      expect([inputSchema.type, outputSchema?.type]).toEqual(['object', 'object']);
    }
    expect(client.getServerVersion()).toMatchObject({ name: 'paperkin', version: seeded.services.version });
    expect(client.getInstructions()).toContain('search_papers');
  });

  it('search as GET /v1/search does', async () => {
    const { papers, text } = await list('search_papers', { query: 'exact diffusion inversion', k: 5 });
    const { results } = await wire.get('/v1/search?q=exact+diffusion+inversion&k=5');
    expect(papers.map(({ rank, score, id }) => [rank, score, id])).toEqual(
      results.map(({ rank, score, paper }) => [rank, score, paper.id]),
    );
    for (const { id, abstract } of papers) {
      expect(text).toContain(`\`${id}\``);
      expect(abstract?.length).toBeGreaterThan(100);
    }
    expect(text).toContain('EDICT: Exact Diffusion Inversion');
  });

  it('keep to conditions, and leave abstracts out', async () => {
    const { papers, text } = await list('search_papers', { query: 'vision', from: '2023', k: 8, abstracts: false });
    expect(papers).toHaveLength(8);
    for (const { publishedAt, abstract } of papers) {
      expect(publishedAt).toMatch(/^202[3-9]/);
      expect(abstract).toBeUndefined();
    }
    expect(text.length).toBeLessThan(4_000);
  });

  it('find papers like one as GET /v1/papers/{id}/similar does, and never itself', async () => {
    const { papers, missing } = await list('similar_papers', { like: [EDICT], k: 4 });
    const { results } = await wire.get(`/v1/papers/${EDICT}/similar?k=4`);
    expect(papers.map(({ id }) => id)).toEqual(results.map(({ paper }) => paper.id));
    expect(missing).toEqual([]);
  });

  it('find papers like some and unlike others, and say which they do not know', async () => {
    const { papers, missing, text } = await list('similar_papers', {
      like: [EDICT, 'nobody'],
      dislike: ['arXiv:2106.15928v2', 'no one'],
      text: 'image editing',
      k: 3,
    });
    expect(papers).toHaveLength(3);
    expect(papers.map(({ id }) => id)).not.toContain(EDICT);
    expect(missing).toEqual(['nobody', 'no one']);
    expect(text).toContain('Not known here: nobody, no one');
  });

  it.each(['arxiv:2106.15928', '2106.15928', 'https://arxiv.org/abs/2106.15928v3', 'arXiv:2106.15928'])(
    'give the paper %s',
    async (id) => {
      const { data, text } = await answered('get_paper', { id });
      expect(data).toMatchObject({ paper: { id: 'arxiv:2106.15928', abstract: 'Beavers fell trees to dam streams.' } });
      expect(text).toContain('# Beaver dams hold back floods');
    },
  );

  it('keep the signs of a text from meaning anything in Markdown', async () => {
    const { text } = await answered('get_paper', { id: 'own/`odd` id' });
    expect(text).toBe('# A \\*beaver\\* of our own\n\nAda Dam · ``own/`odd` id``\n\n\\# Not a heading - not a list\n');
  });

  it.each([
    ['search_papers', {}, /query/],
    ['search_papers', { query: ' ' }, /say what you look for.*query/],
    ['search_papers', { query: 'a', k: 51 }, /<=50.*\bk\b/],
    ['search_papers', { query: 'a', from: 'soon' }, /YYYY-MM-DD.*from/],
    ['search_papers', { query: 'a', from: '2024', to: '2023' }, /^arguments: from: must not be after to/],
    ['search_papers', { query: '-a' }, /add what you look for/],
    ['search_papers', { query: 'a', page: 2 }, /page/],
    ['similar_papers', { like: [] }, /at least one paper.*like/],
    ['similar_papers', { like: ['nobody', 'no one'] }, /"nobody", "no one".*search_papers/],
    ['get_paper', { id: 'nobody' }, /"nobody".*search_papers/],
    ['get_papers', { id: 'nobody' }, /get_papers/],
  ])('say what is wrong: %s %j', async (name, args, message) => {
    expect(await refused(name, args)).toMatch(message);
  });
});

describe('POST /mcp', () => {
  it('answers a single message to who asks for JSON alone, and takes notifications', async () => {
    const response = await post(LIST, { accept: 'application/json' });
    expect(response.statusCode, response.body).toBe(200);
    expect(response.headers['content-type']).toContain('application/json');
    expect(response.json()).toMatchObject({ jsonrpc: '2.0', id: 7, result: { tools: [{}, {}, {}] } });
    const taken = await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect([taken.statusCode, taken.body]).toEqual([202, '']);
  });

  it('says in JSON-RPC what is wrong with a request', async () => {
    for (const method of ['GET', 'DELETE'] as const) {
      const response = await seeded.app.inject({ method, url: '/mcp' });
      expect([response.statusCode, response.headers['allow']]).toEqual([405, 'POST']);
      expect(errorOf(response.body).message).toContain('POST');
    }
    const malformed = await post('{');
    expect([malformed.statusCode, errorOf(malformed.body).code]).toEqual([400, -32_700]);
    expect((await post({ method: 'tools/list' })).statusCode).toBe(400);
    expect((await post(LIST, { 'mcp-protocol-version': '1999-01-01' })).statusCode).toBe(400);
    expect((await post('a', { 'content-type': 'text/plain' })).statusCode).toBe(415);
    const elsewhere = await seeded.app.inject('/mcp/elsewhere');
    expect([elsewhere.statusCode, errorOf(elsewhere.body).message]).toEqual([404, expect.stringContaining('/mcp/elsewhere')]);
    expect((await post({ ...LIST, method: 'tools/none' })).json()).toMatchObject({ id: 7, error: { code: -32_601 } });
  });

  it.each([
    ['http://localhost:5173', 200],
    ['http://127.0.0.1:9', 200],
    ['http://[::1]:80', 200],
    ['https://papers.example.org', 200],
    ['https://agents.example', 200],
    ['http://papers.example.org', 403],
    ['https://evil.example', 403],
    ['http://localhost.evil.example', 403],
    ['http://192.0.2.7:3000', 403],
    ['null', 403],
  ])('is called by a page of %s: %i', async (origin, status) => {
    const response = await post(LIST, { origin });
    expect(response.statusCode, response.body).toBe(status);
    if (status === 403) expect(errorOf(response.body).message).toContain('PUBLIC_URL');
  });

  it('is called by a page of the address that is asked, but of a name that is not ours by none', async () => {
    const from = (host: string) => post(LIST, { host, origin: `http://${host}` });
    expect((await from('192.0.2.7:3000')).statusCode).toBe(200);
    expect((await from('rebound.example:3000')).statusCode).toBe(403);
  });
});
