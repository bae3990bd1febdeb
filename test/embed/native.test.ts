// Covers the native encoder: the same numbers as onnxruntime on texts of every length and on every set of kernels that runs here,
// what it refuses, and that the service goes on with onnxruntime then.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mulberry32 } from '#dist/bench/lib/random.js';
import type { Encoder } from '#dist/embed/encoder.js';
import { matchEncoder } from '#dist/embed/graph/match-encoder.js';
import { readOnnx } from '#dist/embed/graph/onnx-file.js';
import { type ModelManifest, readModel } from '#dist/embed/manifest.js';
import { type ModelTokenizer, openTokenizer } from '#dist/embed/model-tokenizer.js';
import { type KernelName, nativeKernels, openNativeEncoder } from '#dist/embed/native-encoder.js';
import { openOnnxEncoder } from '#dist/embed/onnx-encoder.js';
import { choiceOf, openEncoder } from '#dist/embed/open-encoder.js';
import { PooledEmbedder } from '#dist/embed/pooled-embedder.js';
import { defaultModel } from '#dist/models/model-library.js';

const MODEL_DIR = defaultModel().dir;
const GRAPH = join(MODEL_DIR, 'onnx/model_quantized.onnx');
const TINY = fileURLToPath(new URL('../models/tiny/', import.meta.url));
const SEEDS = fileURLToPath(new URL('../../seeds/papers.jsonl', import.meta.url));
const paper = z.object({ title: z.string(), abstract: z.string().default('') });

let root = '';
let model: ModelManifest;
let tokenizer: ModelTokenizer;
let reference: Encoder;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-native-'));
  model = await readModel(MODEL_DIR);
  tokenizer = await openTokenizer(MODEL_DIR, model.maxTokens);
  reference = await openOnnxEncoder(MODEL_DIR, model, null);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The first pages of the seed corpus: titles, sentences, and titles with abstracts. */
async function texts(): Promise<string[]> {
  const lines = (await readFile(SEEDS, 'utf8')).split('\n').filter((line) => line !== '');
  const papers = lines.map((line) => paper.parse(JSON.parse(line)));
  return papers.slice(0, 80).flatMap(({ title, abstract }) => [title, abstract.split('. ')[0] ?? '', `${title}. ${abstract}`]);
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

/** Any tokens, the same in every run. */
function tokensOf(count: number, vocabulary = 20_000): number[] {
  return Array.from({ length: count }, (_, i) => (i * 7_919 + count * 104_729) % vocabulary);
}

async function compare(encoder: Encoder, ids: readonly number[]): Promise<{ cosine: number; sameStates: boolean }> {
  const [found, expected] = [new Float32Array(model.dim), new Float32Array(model.dim)];
  const states = (await encoder.encode(ids, found)).states();
  const wanted = (await reference.encode(ids, expected)).states();
  return { cosine: cosine(found, expected), sameStates: states.every((value, i) => value === wanted[i]) };
}

describe('the fastest kernels of this processor', () => {
  let native: Encoder;
  beforeAll(async () => {
    native = await openNativeEncoder(MODEL_DIR, model);
  });

  it('compute, to the last bit, what onnxruntime computes of 240 texts', async () => {
    const all = await texts();
    expect(all).toHaveLength(240);
    for (const text of all) {
      const { ids } = tokenizer.tokens('', text);
      expect(await compare(native, ids), text).toEqual({ cosine: expect.closeTo(1, 6), sameStates: true });
    }
  });

  it('compute the same for every number of tokens', async () => {
    for (let tokens = 2; tokens <= model.maxTokens; tokens++)
      expect(await compare(native, tokensOf(tokens)), `${tokens} tokens`).toEqual({
        cosine: expect.closeTo(1, 6),
        sameStates: true,
      });
  });

  it('give a text the same bytes whichever was encoded before it', async () => {
    const [long, short, again] = [new Float32Array(model.dim), new Float32Array(model.dim), new Float32Array(model.dim)];
    await native.encode(tokensOf(9), short);
    await native.encode(tokensOf(250), long);
    await native.encode(tokensOf(9), again);
    expect(again).toEqual(short);
    expect(long).not.toEqual(short);
  });

  it('take the first state for a model that pools so', async () => {
    const cls = await openNativeEncoder(MODEL_DIR, { ...model, pooling: 'cls' });
    const vector = new Float32Array(model.dim);
    const { norm, states } = await cls.encode(tokensOf(20), vector);
    const first = states().subarray(0, model.dim);
    expect(norm).toBeCloseTo(Math.hypot(...first), 4);
    for (const [i, value] of vector.entries()) expect(value * norm).toBeCloseTo(first[i] ?? Number.NaN, 4);
  });
});

/** Sums of weights in another order round otherwise, and now and then a number falls on the other side of a step of the quantisation. */
const LEAST_MEAN_COSINE = 0.9999;
const LEAST_COSINE = 0.995;

it.each(nativeKernels().slice(1))('kernels for less than this processor has stay near: %s', async (kernels) => {
  const encoder = await openNativeEncoder(MODEL_DIR, model, kernels);
  const most = kernels === 'portable' ? 24 : model.maxTokens;
  const cosines: number[] = [];
  for (let tokens = 2; tokens <= most; tokens += kernels === 'portable' ? 2 : 7)
    cosines.push((await compare(encoder, tokensOf(tokens))).cosine);
  expect(Math.min(...cosines)).toBeGreaterThan(LEAST_COSINE);
  expect(cosines.reduce((sum, value) => sum + value, 0) / cosines.length).toBeGreaterThan(LEAST_MEAN_COSINE);
});

describe('a graph', () => {
  it('that is damaged is refused with an error, wherever the damage is', async () => {
    const whole = new Uint8Array(await readFile(GRAPH));
    const outputs = ['last_hidden_state'];
    expect(matchEncoder(readOnnx(whole), outputs, model.maxTokens).layers).toHaveLength(3);
    for (const length of [0, 1, 10, 1_000, 30_000, whole.length - 1])
      expect(() => matchEncoder(readOnnx(whole.subarray(0, length)), outputs, model.maxTokens)).toThrow(Error);
    // Nodes and the heads of tensors lie in front of the weights; a changed byte is found out or changes no more than a name.
    const random = mulberry32(11);
    for (let i = 0; i < 150; i++) {
      const bytes = whole.slice(0, whole.length);
      const place = Math.floor(random() * 60_000);
      bytes[place] = Math.floor(random() * 256);
      try {
        const { hidden, layers } = matchEncoder(readOnnx(bytes), outputs, model.maxTokens);
        expect([hidden, layers.length], `byte ${place}`).toEqual([384, 3]);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
  });

  it('of something else is run by onnxruntime, and the reason is told', async () => {
    const tiny = join(root, 'tiny');
    await cp(TINY, tiny, { recursive: true });
    const manifest = { ...model, dim: 24, maxTokens: 64, graph: 'onnx/model.onnx' };
    await expect(openNativeEncoder(tiny, manifest)).rejects.toThrow(/times|expected|known/);
    const encoder = await openEncoder(tiny, manifest);
    expect(encoder.runtime).toEqual({ name: 'onnxruntime', notice: expect.stringMatching(/^not natively: /) });
    expect(choiceOf(encoder)).toEqual({ native: false, notice: encoder.runtime.notice });
    await expect(openNativeEncoder(MODEL_DIR, { ...model, maxTokens: 8_000 })).rejects.toThrow('512 positions for 8000 tokens');
    await expect(openNativeEncoder(MODEL_DIR, { ...model, pooling: 'none' })).rejects.toThrow('pools itself');
  });

  it('that is understood is run natively, by every process of a pool', async () => {
    const pool = await PooledEmbedder.open(MODEL_DIR, { processes: 2, maxWaitingTokens: 10_000 });
    expect(pool.runtime).toEqual({ name: `native ${nativeKernels()[0]}`, notice: null });
    await pool.close();
  });
});

describe('the addon', () => {
  interface Native {
    encode(...given: unknown[]): number;
    states(...given: unknown[]): void;
  }
  const addon: { Encoder: new (...given: unknown[]) => Native } = createRequire(import.meta.url)(
    '../../build/Release/paperkin_encoder.node',
  );
  let parts: ReturnType<typeof matchEncoder>;
  beforeAll(async () => {
    parts = matchEncoder(readOnnx(await readFile(GRAPH)), ['last_hidden_state'], model.maxTokens);
  });
  const [kernels]: KernelName[] = nativeKernels();

  it('throws for every part of an encoder that does not fit the others', () => {
    const [layer] = parts.layers;
    const [qkv] = layer?.qkv ?? [];
    const withQkv = (changed: object) => ({ ...parts, layers: [{ ...layer, qkv: [{ ...qkv, ...changed }] }] });
    const wrong: unknown[] = [
      undefined,
      null,
      7,
      {},
      { ...parts, hidden: 383 },
      { ...parts, hidden: 400 },
      { ...parts, hidden: 1e9 },
      { ...parts, hidden: Number.NaN },
      { ...parts, heads: 0 },
      { ...parts, heads: 5 },
      { ...parts, heads: 48 },
      { ...parts, inner: 1_000 },
      { ...parts, inner: 2_048 },
      { ...parts, vocabulary: 25_684 },
      { ...parts, vocabulary: 2 ** 31 },
      { ...parts, maxTokens: 257 },
      { ...parts, maxTokens: -1 },
      { ...parts, words: { weights: parts.words.weights } },
      { ...parts, words: { ...parts.words, weights: new Uint8Array(25_685 * 384) } },
      { ...parts, addends: [] },
      { ...parts, addends: [new Float32Array(383)] },
      { ...parts, addends: [...parts.addends, ...parts.addends] },
      { ...parts, wordNorm: { ...parts.wordNorm, weight: new Float32Array(1) } },
      { ...parts, wordNorm: { ...parts.wordNorm, epsilon: '1' } },
      { ...parts, layers: [] },
      { ...parts, layers: [{}] },
      { ...parts, layers: new Array(1_000).fill(layer) },
      withQkv({ outputs: 384 }),
      withQkv({ outputs: 2_304 }),
      withQkv({ outputs: 1_151 }),
      withQkv({ weights: new Int8Array(10) }),
      withQkv({ weights: [] }),
      withQkv({ weights: new Float32Array(384 * 1_152 - 1) }),
      withQkv({ scales: undefined }),
      withQkv({ scales: new Float32Array(1_151) }),
      withQkv({ bias: new Float32Array(1_153) }),
      { ...parts, layers: [{ ...layer, qkv: [] }] },
      { ...parts, layers: [{ ...layer, qkv: [qkv, qkv] }] },
      { ...parts, layers: [{ ...layer, scales: {} }] },
    ];
    for (const [i, given] of wrong.entries()) expect(() => new addon.Encoder(kernels, given), `wrong ${i}`).toThrow(Error);
    expect(() => new addon.Encoder('sse', parts)).toThrow('"sse"');
    expect(() => new addon.Encoder()).toThrow(Error);
  });

  it('throws for tokens and memory that do not fit the encoder, and encodes afterwards', () => {
    const native = new addon.Encoder(kernels, parts);
    const to = new Float32Array(model.dim);
    expect(() => native.states(new Float32Array(model.dim))).toThrow('no text was encoded');
    const wrong: unknown[][] = [
      [],
      [[1, 2], to, true],
      [new Int32Array(0), to, true],
      [new Int32Array(257), to, true],
      [Int32Array.of(1, -1), to, true],
      [Int32Array.of(1, 25_685), to, true],
      [new Float32Array(3), to, true],
      [Int32Array.of(1, 2), new Float32Array(383), true],
      [Int32Array.of(1, 2), new Float64Array(384), true],
      [Int32Array.of(1, 2), to, 1],
    ];
    for (const given of wrong) expect(() => native.encode(...given)).toThrow(Error);
    expect(native.encode(Int32Array.of(2, 25_684, 3), to, true)).toBeGreaterThan(0);
    expect(Math.hypot(...to)).toBeCloseTo(1, 5);
    expect(() => native.states(new Float32Array(2 * model.dim))).toThrow('1152');
    expect(() => native.encode.call({}, Int32Array.of(2, 3), to, true)).toThrow(Error);
    expect(() => native.encode.call(Object.create(native), Int32Array.of(2, 3), to, true)).toThrow(Error);
  });
});
