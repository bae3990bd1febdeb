// Covers explanations on the bundled model and the seed corpus: exact places, faithful sentences, rare words, odd texts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#dist/config.js';
import type { Embedder } from '#dist/embed/embedder.js';
import { paperText } from '#dist/embed/manifest.js';
import type { Paper } from '#dist/paper.js';
import { type Asked, createExplainer, type Explainer } from '#dist/recommend/explain.js';
import { paperSentences } from '#dist/recommend/sentence-text.js';
import { whySchema } from '#dist/recommend/why.js';
import { openServices, type Services } from '#dist/services.js';
import { copySeeded, type TempDir } from '../support/seeded.ts';

const QUERIES = 8;
const HITS = 5;

let dir: TempDir;
let services: Services;
let explainer: Explainer;
let papers: Paper[];
beforeAll(async () => {
  dir = await copySeeded();
  services = await openServices(loadConfig({ DATA_DIR: dir.path, LOG_LEVEL: 'silent', EMBED_PROCESSES: '2' }));
  explainer = createExplainer(services);
  const listed = await services.store.list({ limit: 1_000 });
  papers = listed.filter(({ abstract }) => abstract !== '').sort((a, b) => (a.id < b.id ? -1 : 1));
});
afterAll(async () => {
  await services?.close();
  await dir?.remove();
});

async function vectorsOf(texts: string[], kind: 'query' | 'passage'): Promise<Float32Array[]> {
  const { vectors } = await services.embedder.embed(texts, { kind, lane: 'batch' });
  const { dim } = services.embedder.model;
  return texts.map((_, i) => vectors.slice(i * dim, (i + 1) * dim));
}

async function likePaper(paper: Paper): Promise<{ asked: Asked; hits: Paper[] }> {
  const [vector] = await services.index.vectors([paper.id]);
  const [found = []] = await services.index.search([paper.id], { k: HITS, efSearch: 100 });
  const hits = await services.store.get(found.map(({ id }) => id));
  if (vector === undefined) throw new Error(`${paper.id} has no vector`);
  return { asked: { vector, seeds: [{ paper, vector }] }, hits: hits.filter((hit) => hit !== undefined) };
}

async function likeText(text: string): Promise<Asked> {
  const [vector] = await vectorsOf([text], 'query');
  if (vector === undefined) throw new Error('no vector');
  return { vector, seeds: [{ text, vector }] };
}

const dot = (a: Float32Array, b: Float32Array = new Float32Array(a.length)) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe('explainHits', () => {
  it('cuts exact sentences of both papers, and words that both have, in the shape of the wire', async () => {
    for (const paper of papers.slice(0, QUERIES)) {
      const { asked, hits } = await likePaper(paper);
      const whys = await explainer.explainHits(asked, hits);
      expect(whys).toHaveLength(hits.length);
      for (const [i, why] of whys.entries()) {
        const hit = hits[i];
        expect(whySchema.parse(why)).toEqual(why);
        if (why.match === null || hit === undefined) throw new Error('nothing is explained');
        const { match, terms } = why;
        expect(hit[match.hit.field].slice(match.hit.start, match.hit.end)).toBe(match.hit.text);
        const { field } = match.asked;
        if (field === 'text') throw new Error('a paper has no field "text"');
        expect(paper[field].slice(match.asked.start, match.asked.end)).toBe(match.asked.text);
        const sentences = paperSentences(services.embedder.model, hit).sentences.map(({ text }) => text);
        expect(sentences).toContain(match.hit.text);
        expect(match.cosine).toBeGreaterThan(0);
        for (const term of terms) {
          expect(`${hit.title} ${hit.abstract}`).toContain(term);
          expect(`${paper.title} ${paper.abstract}`.toLowerCase()).toContain(term.slice(0, 3).toLowerCase());
        }
      }
    }
  });

  it('cites what made the score: without it a hit loses more than without another sentence, in four of five', async () => {
    const { model } = services.embedder;
    const beaten: number[] = [];
    for (const paper of papers.slice(0, QUERIES)) {
      const { asked, hits } = await likePaper(paper);
      const whys = await explainer.explainHits(asked, hits);
      for (const [i, hit] of hits.entries()) {
        const { sentences } = paperSentences(model, hit);
        const without = sentences.map(({ field, start, end }) =>
          paperText(model, { ...hit, [field]: hit[field].slice(0, start) + hit[field].slice(end) }),
        );
        const scores = (await vectorsOf(without, 'passage')).map((vector) => dot(asked.vector, vector));
        const cited = sentences.findIndex(
          ({ field, start }) => field === whys[i]?.match?.hit.field && start === whys[i]?.match?.hit.start,
        );
        for (const [s, score] of scores.entries()) if (s !== cited) beaten.push((scores[cited] ?? 1) < score ? 1 : 0);
      }
    }
    expect(beaten.length).toBeGreaterThan(200);
    expect(beaten.reduce((sum, one) => sum + one, 0) / beaten.length).toBeGreaterThanOrEqual(0.8);
  });

  it('explains a free text by itself, and a text of some sentences by the nearest', async () => {
    const text = 'I like cooking and long walks in the evening. How do diffusion models make images from noise?';
    const hits = papers.filter(({ title }) => /diffusion/i.test(title)).slice(0, 3);
    for (const { match } of await explainer.explainHits(await likeText(text), hits)) {
      expect(match?.asked).toEqual({ seed: 0, field: 'text', start: 46, end: text.length, text: text.slice(46) });
    }
    const [short] = await explainer.explainHits(await likeText('diffusion models'), hits);
    expect(short?.match?.asked).toMatchObject({ start: 0, end: 16, text: 'diffusion models' });
  });

  it('takes the seed that brings most to the score', async () => {
    const [first, second] = [papers[0], papers[1]];
    if (first === undefined || second === undefined) throw new Error('no papers');
    const [one, other] = [(await likePaper(first)).asked, (await likePaper(second)).asked];
    const sum = one.vector.map((value, i) => value + (other.vector[i] ?? 0));
    const vector = sum.map((value) => value / Math.hypot(...sum));
    const whys = await explainer.explainHits({ vector, seeds: [...one.seeds, ...other.seeds] }, [first, second]);
    expect(whys.map(({ match }) => match?.asked.seed)).toEqual([0, 1]);
  });

  it('explains a paper of a title alone by its title', async () => {
    const title = 'Diffusion models beat GANs on image synthesis';
    const [why] = await explainer.explainHits(await likeText('diffusion models for images'), [{ title, abstract: '' }]);
    expect(why?.match?.hit).toEqual({ field: 'title', start: 0, end: title.length, text: title });
    expect(why?.match?.cosine).toBeGreaterThan(0.3);
  });

  it('answers a query in an unknown script, one that is no word, and a paper that is none', async () => {
    const hits = papers.slice(0, 2);
    for (const text of ['ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾ', '機械学習', '🙂', '...']) {
      const whys = await explainer.explainHits(await likeText(text), [...hits, { title: '...', abstract: '' }]);
      expect(whys).toHaveLength(3);
      for (const why of whys) {
        expect(whySchema.parse(why)).toEqual(why);
        expect(why.terms).toEqual([]);
      }
      expect(whys[2]?.match).toBeNull();
    }
    expect(await explainer.explainHits(await likeText('nothing found'), [])).toEqual([]);
  });

  it('cites nothing that the model did not read', async () => {
    const filler = 'The weather was quite pleasant on that day in the small town. '.repeat(60).trim();
    const late = `${filler} Exact inversion of diffusion models.`;
    const [why] = await explainer.explainHits(await likeText('exact inversion of diffusion models'), [
      { title: 'Weather', abstract: late },
    ]);
    expect(why?.match?.hit.text).not.toContain('diffusion');
    expect(why?.terms).toContain('inversion');
  });

  it('says the same again, with and without its cache', async () => {
    const paper = papers[3];
    if (paper === undefined) throw new Error('no papers');
    const { asked, hits } = await likePaper(paper);
    const first = await explainer.explainHits(asked, hits);
    expect(await explainer.explainHits(asked, hits)).toEqual(first);
    expect(await createExplainer({ ...services, cachedTexts: 0 }).explainHits(asked, hits)).toEqual(first);
  });

  it('runs the model once a text, and not again for what it knows', async () => {
    const texts: string[] = [];
    const counting: Embedder = {
      model: services.embedder.model,
      space: services.embedder.space,
      embed: (...call) => services.embedder.embed(...call),
      embedSpans(spanned, options) {
        texts.push(...spanned.map(({ text }) => text));
        return services.embedder.embedSpans(spanned, options);
      },
      tokenize: (...call) => services.embedder.tokenize(...call),
      close: async () => undefined,
    };
    const { store, index } = services;
    const counted = createExplainer({ store, index, embedder: counting });
    const asked = await likeText('graph neural networks');
    await counted.explainHits(asked, papers.slice(0, 3));
    expect(texts).toHaveLength(4);
    await counted.explainHits(asked, papers.slice(1, 5));
    expect(texts).toHaveLength(6);
    expect(new Set(texts).size).toBe(6);
  });

  it('stops as canceled where the caller has gone', async () => {
    const asked = await likeText('any text');
    const gone = createExplainer({ ...services, cachedTexts: 0 }).explainHits(asked, papers.slice(0, 2), {
      signal: AbortSignal.abort(),
    });
    await expect(gone).rejects.toMatchObject({ code: 'canceled' });
  });
});
