// Calls the service at the address given with the clients for Node of OpenAI and of the Model Context Protocol, and writes one JSON
// line a call.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import OpenAI from 'openai';
import { VERSION } from 'openai/version';

const url = process.argv[2];
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none is needed', maxRetries: 0 });
const input = ['exact diffusion inversion', 'paper'];

const openaiCalls = {
  async 'embeddings.create'() {
    const packed = await client.embeddings.create({ model: 'text-embedding-3-small', input });
    const plain = await client.embeddings.create({ model: 'text-embedding-3-small', input, encoding_format: 'float' });
    assert.deepEqual(packed.data, plain.data);
    assert.equal(packed.data[0].embedding.length, 384);
    const short = await client.embeddings.create({ model: 'any', input: 'paper', dimensions: 16 });
    assert.equal(short.data[0].embedding.length, 16);
    return `${packed.model}, ${packed.usage.total_tokens} tokens`;
  },
  async 'embeddings.create, token ids'() {
    const response = await fetch(`${url}/tokenize`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: input }),
    });
    const ids = (await response.json()).map((tokens) => tokens.map(({ id }) => id));
    const fromIds = await client.embeddings.create({ model: 'any', input: ids });
    assert.deepEqual(fromIds.data, (await client.embeddings.create({ model: 'any', input })).data);
    return `${ids.flat().length} tokens`;
  },
  async 'embeddings.create, errors'() {
    await assert.rejects(client.embeddings.create({ model: 'any', input: '' }), OpenAI.BadRequestError);
    return 'BadRequestError';
  },
};

const agent = new Client({ name: 'paperkin-clients', version: '1.0.0' });

/** What a tool answers with, where it does not say that something is wrong. */
async function tool(name, args) {
  const { isError, structuredContent, content } = await agent.callTool({ name, arguments: args });
  assert.notEqual(isError, true, content[0]?.text);
  return structuredContent;
}

const mcpCalls = {
  async connect() {
    await agent.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    const { name, version } = agent.getServerVersion();
    return `${name} ${version}`;
  },
  async listTools() {
    const { tools } = await agent.listTools();
    assert.deepEqual(tools.map(({ name }) => name).sort(), ['get_paper', 'search_papers', 'similar_papers']);
    return `${tools.length} tools`;
  },
  async 'callTool search_papers'() {
    const { papers } = await tool('search_papers', { query: 'exact diffusion inversion', k: 3 });
    assert.match(papers[0].title, /^EDICT/);
    return papers[0].title;
  },
  async 'callTool similar_papers'() {
    const { papers, missing } = await tool('similar_papers', { like: ['arXiv:2106.15928', 'nobody'], k: 3 });
    assert.deepEqual([papers.length, missing], [3, ['nobody']]);
    return papers[0].title;
  },
  async 'callTool get_paper'() {
    const { paper } = await tool('get_paper', { id: 'own/with/slashes' });
    assert.equal(paper.title, 'A beaver of our own');
    return paper.id;
  },
  async 'callTool, errors'() {
    const { isError, content } = await agent.callTool({ name: 'search_papers', arguments: { query: 'beavers', k: 0 } });
    assert.equal(isError, true);
    assert.match(content[0].text, /\bk\b/);
    return 'isError';
  },
  async close() {
    await agent.close();
    return 'closed';
  },
};

// The package exports no version.
const sdk = JSON.parse(readFileSync(new URL('../../node_modules/@modelcontextprotocol/sdk/package.json', import.meta.url), 'utf8'));

await callAll(`openai (npm) ${VERSION}`, openaiCalls);
await callAll(`@modelcontextprotocol/sdk ${sdk.version}`, mcpCalls);

async function callAll(client, calls) {
  for (const [call, run] of Object.entries(calls)) {
    const row = { client, call };
    try {
      console.log(JSON.stringify({ ...row, ok: true, detail: await run() }));
    } catch (error) {
      console.log(JSON.stringify({ ...row, ok: false, detail: String(error) }));
    }
  }
}
