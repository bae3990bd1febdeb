/** Whether one ranking made of two is better than either of them. */
import type { Row } from '../lib/table.ts';
import { difference, intervalOf, meanOfSets, type Resampled } from './bootstrap.ts';
import { intervalCells, type Measure, mainMeasure } from './measures.ts';
import { type ResampleOptions, resampleScores, type SetScores } from './scores.ts';
import type { System } from './systems.ts';

const PARTS = ['bm25', 'ours'] as const satisfies readonly System[];
const SHOWN = [...PARTS, 'hybrid'] as const;
const MEASURE: Measure = 'nDCG@10';

/** A row for each set, then for the mean of those that are asked by a person's text. Differences are paired. */
export function partRows(scores: readonly SetScores[], options: ResampleOptions): Row[] {
  const freeText: SetValues[] = [];
  const rows = scores.map((one) => {
    const resampled = resampleScores(one, options);
    const measure = mainMeasure(one.set);
    if (one.freeText) freeText.push((system) => resampled.get(system)?.[MEASURE]);
    return rowOf(
      { set: one.set, asks: one.freeText ? 'free text' : 'a paper', measure },
      (system) => resampled.get(system)?.[measure],
    );
  });
  if (freeText.length < 2) return rows;
  const together = (system: System) => meanOfSets(freeText.flatMap((of) => of(system) ?? []));
  return [...rows, rowOf({ set: `mean of ${freeText.length} sets`, asks: 'free text', measure: MEASURE }, together)];
}

type SetValues = (system: System) => Resampled | undefined;

function rowOf(head: Row, of: SetValues): Row {
  let row: Row = head;
  for (const system of SHOWN) {
    const own = of(system);
    if (own !== undefined) row = { ...row, ...intervalCells(system, intervalOf(own)) };
  }
  const [best] = PARTS.flatMap((system) => {
    const own = of(system);
    return own === undefined ? [] : [{ system, own }];
  }).sort((a, b) => b.own.mean - a.own.mean);
  const hybrid = of('hybrid');
  if (best === undefined || hybrid === undefined) return row;
  return { ...row, better: best.system, ...intervalCells('difference', intervalOf(difference(hybrid, best.own))) };
}
