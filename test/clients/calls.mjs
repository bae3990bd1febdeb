// Calls the service at the address given with OpenAI's client for Node, and writes one JSON line a call.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { VERSION } from 'openai/version';

const url = process.argv[2];
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none is needed', maxRetries: 0 });
const input = ['exact diffusion inversion', 'paper'];

const calls = {
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

for (const [call, run] of Object.entries(calls)) {
  const row = { client: `openai (npm) ${VERSION}`, call };
  try {
    console.log(JSON.stringify({ ...row, ok: true, detail: await run() }));
  } catch (error) {
    console.log(JSON.stringify({ ...row, ok: false, detail: String(error) }));
  }
}
