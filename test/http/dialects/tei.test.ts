/** The dialect of Text Embeddings Inference. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSeededApp, type SeededApp } from '../../support/seeded.ts';

let seeded: SeededApp;
beforeAll(async () => {
  seeded = await openSeededApp();
});
afterAll(() => seeded.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (url: string, payload: object | string, headers: Record<string, string> = JSON_TYPE) =>
  seeded.app.inject({ method: 'POST', url, headers, payload });
async function ok<T>(schema: z.ZodType<T>, response: ReturnType<typeof post>): Promise<T> {
  const { statusCode, body } = await response;
  expect(statusCode, body).toBe(200);
  return schema.parse(JSON.parse(body));
}
const vectors = z.array(z.array(z.number()));
async function refused(response: ReturnType<typeof post>, status: number, type: string): Promise<string> {
  const { statusCode, body } = await response;
  const { error, error_type } = z.strictObject({ error: z.string(), error_type: z.string() }).parse(JSON.parse(body));
  expect([statusCode, error_type], body).toEqual([status, type]);
  return error;
}
const vectorOf = async (text: string) => Array.from((await seeded.services.embedder.embed([text], { kind: 'passage' })).vectors);
const words = (from: number, count: number) => Array.from({ length: count }, (_, i) => `w${from + i}`).join(' ');

describe('POST /embed', () => {
  it('answers with a list of vectors, for one text too, at both addresses', async () => {
    const expected = await vectorOf('exact diffusion inversion');
    for (const url of ['/embed', '/']) {
      expect(await ok(vectors, post(url, { inputs: 'exact diffusion inversion' }))).toEqual([expected]);
      expect(await ok(vectors, post(url, { inputs: ['paper', 'exact diffusion inversion'] }))).toEqual([
        await vectorOf('paper'),
        expected,
      ]);
    }
  });

  it('takes tokens of its own tokenizer, alone and beside texts', async () => {
    const [tokens = []] = await seeded.services.embedder.tokenize(['graph theory'], { specialTokens: true });
    const ids = tokens.map(({ id }) => id);
    const expected = await vectorOf('graph theory');
    expect(await ok(vectors, post('/embed', { inputs: ids }))).toEqual([expected]);
    expect(await ok(vectors, post('/embed', { inputs: [ids, 'graph theory'] }))).toEqual([expected, expected]);
    expect(await refused(post('/embed', { inputs: [99_999_999] }), 422, 'validation')).toContain('99999999');
  });

  it('says in headers what it took', async () => {
    const { headers } = await post('/embed', { inputs: ['paper', 'größer 🙂'] });
    expect(headers).toMatchObject({ 'x-compute-type': 'cpu', 'x-compute-characters': '13' });
    for (const name of ['compute-time', 'total-time', 'tokenization-time', 'queue-time', 'inference-time', 'compute-tokens']) {
      expect(headers[`x-${name}`], name).toMatch(/^\d+$/);
    }
    expect(Number(headers['x-compute-tokens'])).toBeGreaterThan(5);
  });

  it('cuts what is too long at either end, or refuses it', async () => {
    const { maxTokens } = seeded.services.embedder.model;
    const [head, tail] = [words(0, maxTokens), words(5_000, maxTokens)];
    const inputs = `${head} ${tail}`;
    expect(await ok(vectors, post('/embed', { inputs }))).toEqual([await vectorOf(head)]);
    const [left] = await ok(vectors, post('/embed', { inputs, truncate: true, truncation_direction: 'left' }));
    const [ids = []] = await seeded.services.embedder.tokenize([tail], { specialTokens: false });
    const last = ids.slice(2 - maxTokens).map(({ id }) => id);
    expect([left]).toEqual(await ok(vectors, post('/embed', { inputs: last })));
    expect(await ok(vectors, post('/embed', { inputs: 'paper', truncation_direction: 'Left' }))).toEqual([await vectorOf('paper')]);
    expect(await refused(post('/embed', { inputs, truncate: false }), 413, 'validation')).toContain(
      `less than ${maxTokens} tokens`,
    );
    expect(await ok(vectors, post('/embed', { inputs: 'paper', truncate: false }))).toHaveLength(1);
  });

  it('shortens vectors, and knows the names of two prompts', async () => {
    const [short = []] = await ok(vectors, post('/embed', { inputs: 'paper', dimensions: 16 }));
    expect(short).toHaveLength(16);
    expect(Math.hypot(...short)).toBeCloseTo(1, 5);
    for (const prompt_name of ['query', 'passage', null]) {
      expect(await ok(vectors, post('/embed', { inputs: 'paper', prompt_name }))).toEqual([await vectorOf('paper')]);
    }
    expect(await refused(post('/embed', { inputs: 'paper', prompt_name: 'poem' }), 413, 'validation')).toContain('poem');
    expect(await refused(post('/embed', { inputs: 'paper', dimensions: 9_999 }), 422, 'validation')).toContain('dimensions');
  });

  it('refuses with their types and statuses', async () => {
    for (const inputs of [[], '', ['a', ''], [[]]]) await refused(post('/embed', { inputs }), 400, 'empty');
    const many = Array.from({ length: 65 }, () => 'a');
    expect(await refused(post('/embed', { inputs: many }), 413, 'validation')).toBe(
      'batch size 65 > maximum allowed batch size 64',
    );
    await refused(post('/embed', { inputs: 'a', normalize: false }), 413, 'validation');
    for (const body of [
      {},
      { inputs: 7 },
      { inputs: [-1] },
      { inputs: 'a', truncation_direction: 'up' },
      { inputs: 'x'.repeat(50_001) },
    ]) {
      await refused(post('/embed', body), 422, 'validation');
      await refused(post('/', body), 422, 'validation');
    }
    await refused(post('/embed', '{oops'), 400, 'validation');
    await refused(post('/embed', 'a', { 'content-type': 'text/csv' }), 415, 'validation');
    await refused(post('/embed', ' '.repeat(seeded.config.bodyLimitBytes + 1)), 413, 'validation');
  });

  it('says when to come again while too much waits', async () => {
    const { app, close } = await openSeededApp({ EMBED_QUEUE_TOKENS: '1' });
    const payload = { inputs: 'graph '.repeat(200) };
    const responses = await Promise.all(Array.from({ length: 12 }, () => app.inject({ method: 'POST', url: '/embed', payload })));
    await close();
    const busy = responses.find(({ statusCode }) => statusCode === 429);
    expect(busy?.headers['retry-after']).toBe('1');
    expect(busy?.json()).toMatchObject({ error_type: 'overloaded' });
  });
});

describe('POST /similarity', () => {
  const inputs = {
    source_sentence: 'Deep reinforcement learning for robots',
    sentences: [
      'Teaching robotic arms with policy gradients',
      'Gene expression in cancer cells',
      'Deep reinforcement learning for robots',
    ],
  };

  it('gives a cosine for each sentence, at both addresses', async () => {
    for (const url of ['/similarity', '/']) {
      const [near = 0, far = 0, same = 0] = await ok(
        z.array(z.number()).length(3),
        post(url, { inputs, parameters: { truncate: true } }),
      );
      expect(near).toBeGreaterThan(far + 0.1);
      expect(same).toBeCloseTo(1, 4);
    }
  });

  it('refuses as /embed does', async () => {
    await refused(post('/similarity', { inputs: { ...inputs, sentences: [] } }), 400, 'empty');
    await refused(
      post('/similarity', { inputs: { ...inputs, sentences: Array.from({ length: 64 }, () => 'a') } }),
      413,
      'validation',
    );
    await refused(post('/similarity', { inputs: 'a text' }), 422, 'validation');
  });
});

describe('POST /tokenize', () => {
  const schema = z.array(
    z.array(
      z.strictObject({ id: z.int(), text: z.string(), special: z.boolean(), start: z.int().nullable(), stop: z.int().nullable() }),
    ),
  );

  it('says of each token where it stands, in characters', async () => {
    const text = '🙂 Größere Graphen';
    const [tokens = []] = await ok(schema, post('/tokenize', { inputs: text }));
    expect(tokens[0]).toMatchObject({ text: '[CLS]', special: true, start: null, stop: null });
    expect(tokens.at(-1)).toMatchObject({ text: '[SEP]', special: true });
    const own = tokens.filter(({ special }) => !special);
    for (const token of own) {
      expect([...text].slice(token.start ?? 0, token.stop ?? 0).join('')).toBe(token.text);
    }
    expect(own.map((token) => token.text).join('')).toBe('🙂GrößereGraphen');
    expect(await ok(schema, post('/tokenize', { inputs: [text, ''], add_special_tokens: false }))).toEqual([own, []]);
  });

  it('gives the ids that /embed takes', async () => {
    const [tokens = []] = await ok(schema, post('/tokenize', { inputs: 'graph theory', prompt_name: 'query' }));
    expect(await ok(vectors, post('/embed', { inputs: tokens.map(({ id }) => id) }))).toEqual([await vectorOf('graph theory')]);
  });

  it('refuses as /embed does', async () => {
    await refused(post('/tokenize', { inputs: [] }), 400, 'empty');
    await refused(post('/tokenize', { inputs: Array.from({ length: 65 }, () => 'a') }), 413, 'validation');
    await refused(post('/tokenize', { inputs: [1, 2] }), 422, 'validation');
    await refused(post('/tokenize', { inputs: 'a', prompt_name: 'poem' }), 413, 'validation');
  });
});

it('says what is served and that it is well', async () => {
  const { model } = seeded.services.embedder;
  expect((await seeded.app.inject('/info')).json()).toMatchObject({
    model_id: model.name,
    model_dtype: 'int8',
    model_type: { embedding: { pooling: 'mean' } },
    max_input_length: model.maxTokens,
    max_client_batch_size: 64,
    auto_truncate: true,
    version: seeded.services.version,
  });
  const health = await seeded.app.inject('/health');
  expect([health.statusCode, health.body]).toEqual([200, '']);
});
