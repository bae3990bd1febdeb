// Covers models unlike the bundled one, through the embedder and the whole service, against vectors that Python computed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '#dist/config.js';
import { openSessionEmbedder } from '#dist/embed/session-embedder.js';
import { buildApp } from '#dist/http/app.js';
import { createLogger } from '#dist/logger.js';
import { openServices, UI_DIR } from '#dist/services.js';
import { runCli } from '../support/cli.ts';
import { type TempDir, tempDir } from '../support/seeded.ts';
import { askedFor } from '../support/wire.ts';

const TINY = fileURLToPath(new URL('./tiny/', import.meta.url));

/** Written by `make_tiny.py`: onnxruntime, tokenizers and numpy, 6 decimals. */
const rows = z.array(z.array(z.number()));
const expected = z
  .object({ texts: z.array(z.string()).min(4), mean: rows, cls: rows, none: rows })
  .parse(JSON.parse(await readFile(join(TINY, 'expected-vectors.json'), 'utf8')));

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir.remove());

async function pulled(name: string, ...options: string[]): Promise<string> {
  const { code, stderr } = await runCli(['models', 'pull', TINY, '--as', name, ...options], { dataDir: dir.path });
  expect(code, stderr).toBe(0);
  return join(dir.path, 'models', name);
}

function expectNear(vectors: Float32Array, dim: number, reference: readonly (readonly number[])[]): void {
  expect(vectors).toHaveLength(reference.length * dim);
  for (const [i, value] of reference.flat().entries()) expect(vectors[i]).toBeCloseTo(value, 4);
}

describe('an embedder of another kind of model', () => {
  it.each([
    { name: 'mean', pooling: 'mean' as const, dim: 24, options: [] },
    { name: 'cls', pooling: 'cls' as const, dim: 24, options: ['--pooling', 'cls'] },
    { name: 'named-tokens', pooling: 'mean' as const, dim: 24, options: ['--file', 'onnx/tokens.onnx'] },
    {
      name: 'named-pooled',
      pooling: 'none' as const,
      dim: 16,
      options: ['--file', 'onnx/tokens.onnx', '--pooling', 'none', '--dim', '16'],
    },
    {
      name: 'pooled',
      pooling: 'none' as const,
      dim: 16,
      options: ['--file', 'onnx/pooled.onnx', '--pooling', 'none', '--dim', '16'],
    },
    { name: 'external', pooling: 'mean' as const, dim: 24, options: ['--file', 'onnx/external.onnx'] },
  ])('gives the vectors that Python gives: $name', async ({ name, pooling, dim, options }) => {
    const embedder = await openSessionEmbedder(await pulled(name, ...options));
    const { vectors } = await embedder.embed(expected.texts, { kind: 'passage' });
    expectNear(vectors, dim, expected[pooling]);
  });

  it('puts its prefixes before queries and passages', async () => {
    const plain = await openSessionEmbedder(await pulled('plain'));
    const prefixed = await openSessionEmbedder(
      await pulled('prefixed', '--query-prefix', 'query: ', '--passage-prefix', 'passage: '),
    );
    const [whales] = expected.texts;
    const text = 'how do birds fly?';
    const query = await prefixed.embed([text], { kind: 'query' });
    expectNear(query.vectors, 24, expected.mean.slice(1, 2));
    const passage = await prefixed.embed([whales ?? ''], { kind: 'passage' });
    const written = await plain.embed([`passage: ${whales}`], { kind: 'passage' });
    expect(passage).toEqual({ ...written, tookMs: passage.tookMs });
    expect(prefixed.space).not.toBe(plain.space);
  });

  it('cuts a long text at its own limit', async () => {
    const embedder = await openSessionEmbedder(await pulled('short', '--max-tokens', '8'));
    const answer = await embedder.embed(['abcdef', 'abcdefg and what comes after'], { kind: 'passage' });
    expect(answer.truncated).toEqual([false, true]);
    expect(answer.tokenCounts).toEqual([8, 26]);
  });
});

describe('the service with another model', () => {
  it('embeds, searches and recommends in its dimensions, with the first token and both prefixes', async () => {
    const plainDir = await pulled('first-token', '--pooling', 'cls');
    await pulled('e5-like', '--pooling', 'cls', '--query-prefix', 'query: ', '--passage-prefix', 'passage: ');
    const plain = await openSessionEmbedder(plainDir);
    const config = loadConfig({ DATA_DIR: dir.path, MODEL: 'e5-like', LOG_LEVEL: 'silent', EMBED_PROCESSES: '1' });
    const services = await openServices(config);
    const app = await buildApp({ config, services, logger: createLogger('silent'), uiDir: UI_DIR });
    try {
      const papers = [
        { id: 'whales', title: 'Whale songs' },
        { id: 'birds', title: 'Bird flight' },
        { id: 'nets', title: 'Deep residual learning' },
      ];
      await app.inject({ method: 'POST', url: '/v1/papers?wait=true', payload: papers });
      const info = (await app.inject('/v1/info')).json();
      expect(info).toMatchObject({ indexed: 3, model: { name: 'e5-like', dim: 24, pooling: 'cls', maxTokens: 64 } });

      const direct = await plain.embed(['query: a whale', ...papers.map(({ title }) => `passage: ${title}`)], { kind: 'passage' });
      const row = (i: number) => direct.vectors.subarray(i * 24, (i + 1) * 24);
      const cosine = (a: number, b: number) => row(a).reduce((sum, x, i) => sum + x * (row(b)[i] ?? Number.NaN), 0);
      const byCosine = (seed: number) =>
        papers.map(({ id }, i) => ({ id, score: cosine(seed, i + 1) })).sort((a, b) => b.score - a.score);
      const found = async (url: string) =>
        askedFor(await app.inject(url)).results.map(({ paper, score }) => ({ id: paper.id, score }));
      const near = (list: { id: string; score: number }[]) =>
        list.map(({ id, score }) => ({ id, score: expect.closeTo(score, 4) }));
      expect(await found('/v1/search?q=a%20whale&mode=dense')).toEqual(near(byCosine(0)));
      expect(await found('/v1/papers/whales/similar')).toEqual(near(byCosine(1).filter(({ id }) => id !== 'whales')));

      const embedded = await app.inject({ method: 'POST', url: '/v1/embed', payload: { texts: ['a whale'], kind: 'query' } });
      const { embeddings } = z.object({ embeddings: z.array(z.object({ vector: z.array(z.number()) })) }).parse(embedded.json());
      expectNear(
        row(0),
        24,
        embeddings.map(({ vector }) => vector),
      );
    } finally {
      await app.close();
      await services.close();
    }
  });
});
