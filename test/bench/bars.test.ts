/** Bars and the differences that they are judged by. */
import { describe, expect, it } from 'vitest';
import { barRows } from '#dist/bench/quality/bars.js';
import { difference, intervalOf } from '#dist/bench/quality/bootstrap.js';
import { partRows } from '#dist/bench/quality/parts.js';
import { pooled, resampleScores, type SetScores } from '#dist/bench/quality/scores.js';
import type { System } from '#dist/bench/quality/systems.js';

const OPTIONS = { resamples: 200, seed: 7 };

/** A set in which every measure of a system has the given values. */
function setOf(set: string, values: Partial<Record<System, number[]>>, freeText = true): SetScores {
  const columns = Object.entries(values).map(([system, of]) => [system, { 'nDCG@10': of, 'recall@20': of, 'MRR@10': of }] as const);
  const queries = columns[0]?.[1]['nDCG@10'].length ?? 0;
  return { set, papers: 9, queries, freeText, values: new Map(columns) as SetScores['values'] };
}

describe('pooled sets', () => {
  const few = setOf('few', { ours: [1, 0], minilm: [0.5, 0.5] });
  const many = setOf('many', { ours: [0.4, 0.6, 0.8], minilm: [0.2, 0.4, 0.6] });

  it('count every query the same', () => {
    const both = pooled([few, many]);
    expect(both).toMatchObject({ set: 'few + many', queries: 5 });
    expect(both.values.get('ours')?.['nDCG@10']).toEqual([1, 0, 0.4, 0.6, 0.8]);
  });

  it('give a paired difference: what all queries share has no spread', () => {
    const scores = resampleScores(many, OPTIONS);
    const [ours, minilm] = [scores.get('ours')?.['nDCG@10'], scores.get('minilm')?.['nDCG@10']];
    if (ours === undefined || minilm === undefined) throw new Error('a system is missing');
    const apart = intervalOf(difference(ours, minilm));
    for (const value of [apart.mean, apart.low, apart.high]) expect(value).toBeCloseTo(0.2, 12);
    expect(intervalOf(ours).high - intervalOf(ours).low).toBeGreaterThan(0.05);
  });
});

describe('the fusion and its parts', () => {
  const rows = partRows(
    [
      setOf('claims', { bm25: [0.4, 0.6], ours: [0.5, 0.3], hybrid: [0.5, 0.7] }),
      setOf('sentences', { bm25: [0.1, 0.3], ours: [0.6, 0.8], hybrid: [0.5, 0.7] }),
      setOf('papers', { bm25: [0.9], ours: [0.2], hybrid: [0.9] }, false),
    ],
    OPTIONS,
  );

  it('are compared with the better part of each set, in pairs', () => {
    const [claims, sentences, papers] = rows;
    expect(claims).toMatchObject({ set: 'claims', asks: 'free text', better: 'bm25', bm25: 0.5, ours: 0.4, hybrid: 0.6 });
    for (const cell of ['difference', 'difference low', 'difference high']) expect(claims?.[cell]).toBeCloseTo(0.1, 6);
    expect(sentences).toMatchObject({ better: 'ours' });
    for (const cell of ['difference', 'difference low', 'difference high']) expect(sentences?.[cell]).toBeCloseTo(-0.1, 6);
    expect(papers).toMatchObject({ asks: 'a paper', better: 'bm25', difference: 0 });
  });

  it('are compared once more over the sets of free text together, and over no other', () => {
    expect(rows).toHaveLength(4);
    expect(rows[3]).toMatchObject({
      set: 'mean of 2 sets',
      asks: 'free text',
      better: 'ours',
      bm25: 0.35,
      ours: 0.55,
      hybrid: 0.6,
    });
    expect(rows[3]?.['difference']).toBeCloseTo(0.05, 6);
  });
});

describe('bars', () => {
  const rowsOf = (scores: SetScores[]) => barRows(scores, [], OPTIONS);

  it('are met or not by the mean, and say where the interval does not settle it', () => {
    const rows = rowsOf([
      setOf('scitldr-dev', { ours: [0.6, 0.7], minilm: [0.5, 0.6] }),
      setOf('cacm-citations', { ours: [0.1, 0.2], minilm: [0.5, 0.6] }),
      setOf('cacm-withabs', { ours: [1, 0, 1, 0.1, 1], minilm: [0, 1, 0.9, 0, 1] }),
      setOf('csfcube-dev', { ours: [1], minilm: [0] }),
    ]);
    const met = Object.fromEntries(rows.map(({ sets, met }) => [sets, met]));
    expect(met['scitldr-dev']).toBe('yes');
    expect(met['cacm-citations']).toBe('no');
    expect(met['cacm-withabs']).toBe('yes, not sure');
    // One of its two sets is missing.
    expect(met['csfcube-anyfacet-dev + csfcube-dev']).toBeNull();
    expect(met['title-abstract-10k']).toBeNull();
  });

  it('hold int8 to the set where it loses most against fp32', () => {
    const kept = setOf('kept', { ours: [0.5, 0.5], 'ours fp32': [0.5, 0.5] });
    const lost = setOf('lost', { ours: [0.4, 0.5], 'ours fp32': [0.5, 0.6] });
    const row = (scores: SetScores[]) => rowsOf(scores).find(({ against }) => against === 'ours fp32');
    expect(row([kept])).toMatchObject({ sets: 'kept', difference: 0, met: 'yes' });
    expect(row([kept, lost])).toMatchObject({ sets: 'lost', difference: -0.1, met: 'no' });
    expect(row([setOf('none', { ours: [1] })])).toMatchObject({ sets: null, met: null });
  });
});
