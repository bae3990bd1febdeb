// Covers the rare words that two texts share: stems, rarity, what is left out.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { createSharedTerms, type SharedTerms } from '#dist/recommend/shared-terms.js';

const COMMON = 'We propose a method with networks';
const PAPERS = 40;
const store = new SqlitePaperStore(':memory:');
let shared: SharedTerms;
beforeAll(async () => {
  const filler = Array.from({ length: PAPERS }, (_, i) => ({
    id: `f${i}`,
    title: COMMON,
    abstract: `Filler ${i < 3 ? 'retrieval' : ''}`,
  }));
  await store.upsert([...filler, { id: 'rare', title: 'Wombat retrievals', abstract: '' }], 'replace');
  shared = createSharedTerms(store);
});
afterAll(() => store.close());

const of = async (asked: string, hit: string) => (await shared.of([{ asked, hit }], PAPERS + 1))[0];

it('names the rarest first, as the hit writes them', async () => {
  expect(await of('retrieval for wombats', 'Retrieval by Wombat')).toEqual(['Wombat', 'Retrieval']);
});

it('takes two forms of a word for one', async () => {
  expect(await of('Wombats', 'a WOMBAT and wombats')).toEqual(['WOMBAT']);
});

it('puts what both say often before what both say once', async () => {
  expect(await of('quoll wombat wombat', 'quoll wombat wombat wombat')).toEqual(['wombat', 'quoll']);
});

it('leaves out common words, stop words, numbers and single letters', async () => {
  expect(await of(`${COMMON} 2024 x you`, `${COMMON} 2024 x you`)).toEqual([]);
});

it('names five at most, and none where nothing is shared', async () => {
  const many = 'quokka numbat bilby dunnart potoroo bettong';
  expect(await of(many, many)).toHaveLength(5);
  expect(await of('quokka', 'numbat')).toEqual([]);
  expect(await of('', '…')).toEqual([]);
});
