/** Every system over every evaluation set, with intervals and paired differences. */

import type { EvalSet } from '#dist/evaluation/eval-set.js';
import { say } from '../lib/progress.ts';
import { printTable, type Row } from '../lib/table.ts';
import { difference, intervalOf, meanOfSets } from './bootstrap.ts';
import { intervalCells, MEASURE_NAMES, mainMeasure, showDifference, showInterval } from './measures.ts';
import type { BenchModel } from './models.ts';
import { byMeasure, type ResampledScores, type ResampleOptions, resampleScores, type SetScores, scoreSet } from './scores.ts';
import { openRankers, type System, systemsOf } from './systems.ts';

/** The systems that every other is compared with. */
const BASELINES = ['minilm', 'bm25'] as const satisfies readonly System[];

export interface EvalOptions extends ResampleOptions {
  /** Folder of the cached vectors. */
  cache?: string | undefined;
}

export interface Evaluated {
  scores: SetScores[];
  /** Of the result file: a row for each set and system, then for the mean of the sets and each system. */
  rows: Row[];
}

/** Prints one table a set and one over all. A set is read, ranked and let go before the next one. */
export async function evaluateSets(
  sets: AsyncIterable<EvalSet>,
  models: readonly BenchModel[],
  options: EvalOptions,
): Promise<Evaluated> {
  const systems = systemsOf(models);
  const scores: SetScores[] = [];
  const all: ResampledScores[] = [];
  const rows: Row[] = [];
  for await (const set of sets) {
    say(`${set.name}: ${set.corpus.length} papers, ${set.queries.length} of ${set.queriesGiven} queries`);
    const rankers = await openRankers(set, models, options.cache);
    const scored = await scoreSet(set, systems, rankers);
    await rankers.close();
    const resampled = resampleScores(scored, options);
    scores.push(scored);
    all.push(resampled);
    rows.push(...report(set.name, { papers: scored.papers, queries: scored.queries }, resampled));
  }
  if (all.length > 1) rows.push(...report(`mean of ${all.length} sets`, { papers: null, queries: null }, meanScores(systems, all)));
  return { scores, rows };
}

function meanScores(systems: readonly System[], all: readonly ResampledScores[]): ResampledScores {
  return new Map(
    systems.map((system) => [
      system,
      byMeasure((measure) => meanOfSets(all.flatMap((scores) => scores.get(system)?.[measure] ?? []))),
    ]),
  );
}

function report(set: string, size: { papers: number | null; queries: number | null }, scores: ResampledScores): Row[] {
  const main = mainMeasure(set);
  const baselines = BASELINES.flatMap((name) => {
    const of = scores.get(name);
    return of === undefined ? [] : [{ name, of }];
  });
  const printed = [...scores].map(([system, own]) => {
    const row: Row = { system };
    for (const measure of MEASURE_NAMES) row[measure] = showInterval(intervalOf(own[measure]));
    for (const { name, of } of baselines) {
      row[`${main} - ${name}`] = system === name ? null : showDifference(intervalOf(difference(own[main], of[main])));
    }
    return row;
  });
  printTable(size.queries === null ? set : `${set}, ${size.queries} queries`, printed);
  return [...scores].map(([system, own]) => {
    let row: Row = { set, ...size, system };
    for (const measure of MEASURE_NAMES) {
      row = { ...row, ...intervalCells(measure, intervalOf(own[measure])) };
      for (const { name, of } of baselines) {
        if (system === name) continue;
        const minus = intervalOf(difference(own[measure], of[measure]));
        row = { ...row, ...intervalCells(`${measure} minus ${name}`, minus) };
      }
    }
    return row;
  });
}
