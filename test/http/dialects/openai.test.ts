/** The OpenAI embeddings dialect, over HTTP and through OpenAI's own client. */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSeededApp, type SeededApp } from '../../support/seeded.ts';

let seeded: SeededApp;
let client: OpenAI;
beforeAll(async () => {
  seeded = await openSeededApp();
  const address = await seeded.app.listen({ host: '127.0.0.1', port: 0 });
  client = new OpenAI({ baseURL: `${address}/v1`, apiKey: 'none is needed', maxRetries: 0 });
});
afterAll(() => seeded.close());

const answerSchema = z.strictObject({
  object: z.literal('list'),
  data: z.array(
    z.strictObject({ object: z.literal('embedding'), index: z.int(), embedding: z.union([z.string(), z.array(z.number())]) }),
  ),
  model: z.string(),
  usage: z.strictObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
});
const post = (payload: object | string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  seeded.app.inject({ method: 'POST', url: '/v1/embeddings', headers, payload });
async function embed(payload: object) {
  const response = await post({ model: 'text-embedding-3-small', ...payload });
  expect(response.statusCode, response.body).toBe(200);
  return answerSchema.parse(response.json());
}
async function refused(response: ReturnType<typeof post>, status: number) {
  const { statusCode, body } = await response;
  expect(statusCode, body).toBe(status);
  const error = z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  });
  return z.strictObject({ error }).parse(JSON.parse(body)).error;
}
const floats = (base64: unknown) => {
  const bytes = Buffer.from(String(base64), 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};
const vectorOf = async (text: string) => Array.from((await seeded.services.embedder.embed([text], { kind: 'passage' })).vectors);

describe('POST /v1/embeddings', () => {
  it('gives the vectors of the index, as numbers or as base64, with the tokens that were read', async () => {
    const texts = ['exact diffusion inversion', 'paper', 'word '.repeat(600)];
    const { dim, maxTokens, name } = seeded.services.embedder.model;
    const answer = await embed({ input: texts });
    expect(answer).toMatchObject({ object: 'list', model: name });
    expect(answer.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(answer.data.map(({ embedding }) => embedding)).toEqual(await Promise.all(texts.map(vectorOf)));
    expect(answer.data[0]?.embedding).toHaveLength(dim);
    expect(answer.usage).toEqual({ prompt_tokens: 5 + 3 + maxTokens, total_tokens: 5 + 3 + maxTokens });
    const packed = await embed({ input: texts, encoding_format: 'base64' });
    expect(packed.data.map(({ embedding }) => floats(embedding))).toEqual(answer.data.map(({ embedding }) => embedding));
  });

  it('takes one text, tokens, and lists of tokens, of its own tokenizer', async () => {
    const text = 'exact diffusion inversion';
    const [tokens = []] = await seeded.services.embedder.tokenize([text], { specialTokens: true });
    const ids = tokens.map(({ id }) => id);
    const expected = await embed({ input: text });
    for (const input of [[text], ids, [ids], ids.slice(1, -1)]) expect(await embed({ input })).toEqual(expected);
    expect((await embed({ input: [ids, ids] })).data).toHaveLength(2);
    expect(await refused(post({ input: [25_000, 99_999] }), 400)).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringContaining('99999'),
    });
  });

  it('shortens vectors and makes them unit length again', async () => {
    const whole = await vectorOf('paper');
    const [{ embedding } = { embedding: [] }] = (await embed({ input: 'paper', dimensions: 64 })).data;
    const head = whole.slice(0, 64);
    const expected = head.map((value) => value / Math.hypot(...head));
    for (const [i, value] of z.array(z.number()).length(64).parse(embedding).entries())
      expect(value).toBeCloseTo(expected[i] ?? 0, 6);
    expect((await embed({ input: 'paper', dimensions: whole.length })).data[0]?.embedding).toEqual(whole);
    expect(await refused(post({ input: 'paper', dimensions: whole.length + 1 }), 400)).toMatchObject({
      param: 'dimensions',
      message: expect.stringContaining(`${whole.length}`),
    });
  });

  it('takes many texts in one call, in order', async () => {
    const texts = Array.from({ length: 150 }, (_, i) => `paper ${i}`);
    const { data } = await embed({ input: texts });
    expect(data.map(({ index }) => index)).toEqual(texts.map((_, i) => i));
    expect(data[149]?.embedding).toEqual(await vectorOf('paper 149'));
  });

  it.each([
    ['no input', {}, 'input'],
    ['an empty text', { input: '' }, 'input'],
    ['an empty list', { input: [] }, 'input'],
    ['a list with an empty text', { input: ['a', ''] }, 'input'],
    ['texts and tokens mixed', { input: ['a', 1] }, 'input'],
    ['tokens below 0', { input: [-1] }, 'input'],
    ['too many texts', { input: Array.from({ length: 2_049 }, () => 'a') }, 'input'],
    ['an over-long text', { input: 'x'.repeat(50_001) }, 'input'],
    ['an unknown format', { input: 'a', encoding_format: 'int8' }, 'encoding_format'],
    ['no dimensions', { input: 'a', dimensions: 0 }, 'dimensions'],
  ])('refuses %s', async (_what, body, param) => {
    expect(await refused(post(body), 400)).toMatchObject({ type: 'invalid_request_error', param, code: null });
  });

  it('says in its shape what is wrong with a body', async () => {
    expect(await refused(post('{oops'), 400)).toMatchObject({ param: null, message: expect.stringContaining('JSON') });
    expect(await refused(post('a', { 'content-type': 'text/csv' }), 415)).toMatchObject({ type: 'invalid_request_error' });
    expect(await refused(post(' '.repeat(seeded.config.bodyLimitBytes + 1)), 413)).toMatchObject({ type: 'invalid_request_error' });
  });
});

describe('the client of OpenAI', () => {
  it('reads vectors in the format that it asks for by default, and in the other', async () => {
    const input = ['exact diffusion inversion', 'paper'];
    const expected = await Promise.all(input.map(vectorOf));
    for (const rest of [{}, { encoding_format: 'float' as const }]) {
      const { data, usage, model } = await client.embeddings.create({ model: 'any', input, ...rest });
      expect(data.map(({ embedding }) => Array.from(embedding))).toEqual(expected);
      expect(usage.total_tokens).toBe(8);
      expect(model).toBe(seeded.services.embedder.model.name);
    }
    const [short] = (await client.embeddings.create({ model: 'any', input: 'paper', dimensions: 8 })).data;
    expect(short?.embedding).toHaveLength(8);
  });

  it('knows the errors', async () => {
    await expect(client.embeddings.create({ model: 'any', input: '' })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    const error = await client.embeddings.create({ model: 'any', input: 'a', dimensions: 9_999 }).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ status: 400, param: 'dimensions', type: 'invalid_request_error' });
  });

  it('is told when to come again while too much waits', async () => {
    const { app, close } = await openSeededApp({ EMBED_QUEUE_TOKENS: '1' });
    const payload = { input: 'graph '.repeat(200) };
    const responses = await Promise.all(
      Array.from({ length: 12 }, () => app.inject({ method: 'POST', url: '/v1/embeddings', payload })),
    );
    await close();
    const busy = responses.find(({ statusCode }) => statusCode === 429);
    expect(busy?.headers['retry-after']).toBe('1');
    expect(busy?.json()).toMatchObject({ error: { code: 'rate_limit_exceeded', type: 'requests', param: null } });
    expect(responses.some(({ statusCode }) => statusCode === 200)).toBe(true);
  });
});
