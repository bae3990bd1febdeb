/** The measures that are reported, by the name they have in tables. */

import { type Judgements, ndcgAtK, recallAtK, reciprocalRankAtK } from '#dist/evaluation/metrics.js';
import type { Row } from '../lib/table.ts';
import type { Interval } from './bootstrap.ts';
import { TITLE_ABSTRACT } from './title-abstract.ts';

export const MEASURES = {
  'nDCG@10': (ranking: readonly string[], judgements: Judgements) => ndcgAtK(ranking, judgements, 10),
  'recall@20': (ranking: readonly string[], judgements: Judgements) => recallAtK(ranking, judgements, 20),
  'MRR@10': (ranking: readonly string[], judgements: Judgements) => reciprocalRankAtK(ranking, judgements, 10),
} as const;

export type Measure = keyof typeof MEASURES;
export const MEASURE_NAMES = Object.keys(MEASURES) as Measure[];

/** The one that a set is read by where there is place for one: where the answer is one paper, how far up it stands. */
export function mainMeasure(set: string): Measure {
  return set === TITLE_ABSTRACT ? 'MRR@10' : 'nDCG@10';
}

/** `.466 [.401, .532]` */
export function showInterval({ mean, low, high }: Interval): string {
  return `${decimals(mean)} [${decimals(low)}, ${decimals(high)}]`;
}

/** `+.021 [-.004, .050]`, a star where the interval leaves 0 out. */
export function showDifference(interval: Interval): string {
  const sure = interval.low > 0 || interval.high < 0;
  return `${interval.mean >= 0 ? '+' : ''}${showInterval(interval)}${sure ? ' *' : ''}`;
}

/** Mean and interval as numbers for the result file. */
export function intervalCells(name: string, { mean, low, high }: Interval): Row {
  return { [name]: rounded(mean), [`${name} low`]: rounded(low), [`${name} high`]: rounded(high) };
}

/** `.466`, `-.021` */
export function decimals(value: number): string {
  return value.toFixed(3).replace(/^(-?)0\./, '$1.');
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}

/** What `intervalCells` put into a row. */
export function intervalAt(row: Row, name: string): Interval | undefined {
  const [mean, low, high] = [row[name], row[`${name} low`], row[`${name} high`]];
  return typeof mean === 'number' && typeof low === 'number' && typeof high === 'number' ? { mean, low, high } : undefined;
}
