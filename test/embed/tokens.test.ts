// Covers where tokens lie in their text, against references that Python's tokenizers made without a line of this service.
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ModelEmbedder } from '#dist/embed/model-embedder.js';
import { openSessionEmbedder } from '#dist/embed/session-embedder.js';
import { defaultModel } from '#dist/models/model-library.js';

/** Written by `make_reference_tokens.py` beside it. */
const file = new URL('./reference-tokens.json', import.meta.url);
const reference = z
  .array(z.object({ text: z.string(), ids: z.array(z.int()), spans: z.array(z.tuple([z.int(), z.int()]).nullable()) }))
  .parse(JSON.parse(await readFile(file, 'utf8')));

describe('the bundled tokenizer', () => {
  let embedder: ModelEmbedder;
  beforeAll(async () => {
    embedder = await openSessionEmbedder(defaultModel().dir);
  });

  it('is compared on two thousand tokens', () => {
    expect(reference.flatMap(({ ids }) => ids).length).toBeGreaterThan(2_000);
  });

  it.each(reference.map((row) => ({ name: row.text.slice(0, 60), ...row })))(
    'cuts "$name" where Python does',
    async ({ text, ids, spans }) => {
      const [tokens = []] = await embedder.tokenize([text], { specialTokens: true });
      expect(tokens.map(({ id }) => id)).toEqual(ids);
      expect(tokens.map(({ span }) => span && [span.start, span.end])).toEqual(spans);
      expect(tokens.map(({ special }) => special)).toEqual(spans.map((span) => span === null));
    },
  );
});
