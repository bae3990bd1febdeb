// Covers the real model's vectors and token counts against references that Python made without a line of this service.
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Embedder } from '#dist/embed/embedder.js';
import { ModelEmbedder } from '#dist/embed/model-embedder.js';
import { openNativeEncoder } from '#dist/embed/native-encoder.js';
import { openSessionEmbedder } from '#dist/embed/session-embedder.js';
import { defaultModel } from '#dist/models/model-library.js';

const MODEL_DIR = defaultModel().dir;

const referenceSchema = z.object({
  graphSha256: z.string(),
  texts: z.array(z.string()).length(200),
  tokenCounts: z.array(z.int()),
  /** Row-major, little-endian int16, 32767 for 1. */
  vectors: z.base64().transform((text) => {
    const bytes = Buffer.from(text, 'base64');
    return Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32_767);
  }),
});

/** Written by `make_reference.py` beside it: onnxruntime and tokenizers in Python, one text a run. */
const file = new URL('./reference-vectors.json', import.meta.url);
const reference = referenceSchema.parse(JSON.parse(await readFile(file, 'utf8')));

/** Another processor may round an int8 product differently; on the one this was written on, the least is 1.000000. */
const LEAST_COSINE = 0.999;

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, left, right] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  return dot / Math.sqrt(left * right);
}

describe.each([
  { name: 'with onnxruntime', open: openSessionEmbedder },
  { name: 'natively', open: (dir: string) => ModelEmbedder.open(dir, openNativeEncoder) },
])('the bundled model $name', ({ open }) => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await open(MODEL_DIR);
  });

  it('is the one that the references were made with', () => {
    const { graph, files } = embedder.model;
    expect(files[graph]?.sha256).toBe(reference.graphSha256);
    expect(Math.max(...reference.tokenCounts)).toBeGreaterThan(embedder.model.maxTokens);
  });

  it.each(reference.texts.map((text, i) => ({ name: text.slice(0, 60), text, i })))(
    'embeds $name as Python does',
    async ({ text, i }) => {
      const { vectors, tokenCounts, truncated } = await embedder.embed([text], { kind: 'passage' });
      const count = reference.tokenCounts[i] ?? Number.NaN;
      const { dim } = embedder.model;
      const expected = reference.vectors.subarray(i * dim, (i + 1) * dim);
      expect(tokenCounts).toEqual([count]);
      expect(truncated).toEqual([count > embedder.model.maxTokens]);
      expect(expected).toHaveLength(dim);
      expect(cosine(vectors, expected)).toBeGreaterThanOrEqual(LEAST_COSINE);
    },
  );
});
