// Texts that were read lately are read the same from memory, beside new ones, and with what is said of them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createQueryReader, type QueryReader } from '#dist/recommend/query-reader.js';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';

let seeded: SeededApp;
let read: QueryReader;
beforeAll(async () => {
  seeded = await openSeededApp();
  read = createQueryReader(seeded.services.embedder);
});
afterAll(() => seeded.close());

it('gives every text its own vector and warnings, remembered or not, in the order asked', async () => {
  const texts = ['graph neural networks', '机器学习', 'protein folding', 'sourdough', ''];
  const anew = await read(texts, { anew: true });
  expect(anew.warnings.length).toBeGreaterThan(0);
  for (const order of [texts, [...texts].reverse(), ['a new one', ...texts], [texts[2] ?? '', 'another', texts[2] ?? '']]) {
    const mixed = await read(order);
    const alone = await Promise.all(order.map((text) => read([text], { anew: true })));
    expect(mixed.vectors).toEqual(alone.map(({ vectors }) => vectors[0]));
    expect(mixed.warnings).toEqual(alone.flatMap(({ warnings }) => warnings));
  }
});

it('reads a remembered text without the model', async () => {
  await read(['to be remembered']);
  const canceled = AbortSignal.abort();
  expect((await read(['to be remembered'], { signal: canceled })).vectors).toHaveLength(1);
  await expect(read(['to be remembered'], { signal: canceled, anew: true })).rejects.toMatchObject({ code: 'canceled' });
});
