/** Values by system, measure and query, and what resampling the queries makes of them. */

import type { EvalSet } from '#dist/evaluation/eval-set.js';
import { namedRandom } from '../lib/random.ts';
import { type Resampled, resampleMeans } from './bootstrap.ts';
import { MEASURE_NAMES, MEASURES, type Measure } from './measures.ts';
import type { Rankers, System } from './systems.ts';

/** Of one set: every column has a value for each query, in the same order, so that systems can be compared in pairs. */
export interface SetScores {
  set: string;
  papers: number;
  queries: number;
  /** Whether what is asked is a person's text, not a paper. */
  freeText: boolean;
  values: ReadonlyMap<System, Readonly<Record<Measure, readonly number[]>>>;
}

export type ResampledScores = ReadonlyMap<System, Readonly<Record<Measure, Resampled>>>;

export interface ResampleOptions {
  resamples: number;
  seed: number;
}

/** A set of versions asks by abstracts. */
export function isFreeText({ name, queries }: Pick<EvalSet, 'name' | 'queries'>): boolean {
  return name !== 'versions' && queries.some((query) => 'text' in query);
}

export async function scoreSet(set: EvalSet, systems: readonly System[], rankers: Rankers): Promise<SetScores> {
  const { name, corpus, queries } = set;
  const values = new Map(systems.map((system) => [system, byMeasure((): number[] => [])]));
  for (const query of queries) {
    const rankings = await rankers.rank(query);
    for (const [system, columns] of values) {
      for (const measure of MEASURE_NAMES) columns[measure].push(MEASURES[measure](rankings.get(system) ?? [], query.judgements));
    }
  }
  return { set: name, papers: corpus.length, queries: queries.length, freeText: isFreeText(set), values };
}

/** All queries of several sets as those of one. */
export function pooled(sets: readonly SetScores[]): SetScores {
  const systems = [...(sets[0]?.values.keys() ?? [])];
  const joined = (system: System, measure: Measure) => sets.flatMap(({ values }) => values.get(system)?.[measure] ?? []);
  return {
    set: sets.map(({ set }) => set).join(' + '),
    papers: sets.reduce((sum, { papers }) => sum + papers, 0),
    queries: sets.reduce((sum, { queries }) => sum + queries, 0),
    freeText: sets.every(({ freeText }) => freeText),
    values: new Map(systems.map((system) => [system, byMeasure((measure) => joined(system, measure))])),
  };
}

/** The same queries are drawn for every system and measure; what is drawn depends on the name of the set alone. */
export function resampleScores({ set, values }: SetScores, { resamples, seed }: ResampleOptions): ResampledScores {
  const columns = [...values].flatMap(([system, byName]) => MEASURE_NAMES.map((measure) => ({ system, measure, byName })));
  const results = resampleMeans(
    columns.map(({ measure, byName }) => byName[measure]),
    resamples,
    namedRandom(seed, set),
  );
  const found = (system: System, measure: Measure): Resampled => {
    const result = results[columns.findIndex((column) => column.system === system && column.measure === measure)];
    if (result === undefined) throw new Error(`"${system}" has no ${measure}`);
    return result;
  };
  return new Map([...values.keys()].map((system) => [system, byMeasure((measure) => found(system, measure))]));
}

export function byMeasure<T>(of: (measure: Measure) => T): Record<Measure, T> {
  return { 'nDCG@10': of('nDCG@10'), 'recall@20': of('recall@20'), 'MRR@10': of('MRR@10') };
}
