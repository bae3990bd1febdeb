/** Every system over every evaluation set, with intervals and paired differences. */
import { join } from 'node:path';
import type { Embedder } from '#dist/embed/embedder.js';
import { say } from '../lib/progress.ts';
import { namedRandom } from '../lib/random.ts';
import { printTable, type Row } from '../lib/table.ts';
import { difference, intervalOf, meanOfSets, type Resampled, resampleMeans } from './bootstrap.ts';
import { readEvalSet } from './eval-set.ts';
import { intervalCells, MEASURE_NAMES, MEASURES, type Measure, showDifference, showInterval } from './measures.ts';
import { openRankers, SYSTEMS, type System } from './systems.ts';

/** The system that the others are compared with. */
const BASELINE: System = 'bm25';

type Scores = Record<System, Record<Measure, Resampled>>;

export interface EvalOptions {
  dir: string;
  names: readonly string[];
  resamples: number;
  seed: number;
}

/** Prints one table a set and one over all; gives the rows of the result file. */
export async function evaluateSets(embedder: Embedder, { dir, names, resamples, seed }: EvalOptions): Promise<Row[]> {
  const rows: Row[] = [];
  const all: Scores[] = [];
  for (const name of names) {
    const set = await readEvalSet(join(dir, name));
    say(`${name}: ${set.corpus.length} papers, ${set.queries.length} of ${set.queriesGiven} queries`);
    const rankers = await openRankers(name, set, embedder);
    // By system and measure, one value a query.
    const columns = SYSTEMS.flatMap((system) => MEASURE_NAMES.map((measure) => ({ system, measure, values: [] as number[] })));
    for (const query of set.queries) {
      const rankings = await rankers.rank(query);
      for (const { system, measure, values } of columns) values.push(MEASURES[measure](rankings[system], query.judgements));
    }
    await rankers.close();
    const resampled = resampleMeans(
      columns.map(({ values }) => values),
      resamples,
      namedRandom(seed, name),
    );
    const scores = byName((system, measure) => {
      const column = columns.findIndex((other) => other.system === system && other.measure === measure);
      return resampled[column] ?? { mean: Number.NaN, resamples: new Float64Array() };
    });
    all.push(scores);
    rows.push(...report(name, set.queries.length, scores));
  }
  if (all.length > 1) {
    const overall = byName((system, measure) => meanOfSets(all.map((scores) => scores[system][measure])));
    rows.push(...report(`mean of ${all.length} sets`, null, overall));
  }
  return rows;
}

function byName(of: (system: System, measure: Measure) => Resampled): Scores {
  const entries = SYSTEMS.map((system) => [
    system,
    Object.fromEntries(MEASURE_NAMES.map((measure) => [measure, of(system, measure)])),
  ]);
  return Object.fromEntries(entries) as Scores;
}

function report(set: string, queries: number | null, scores: Scores): Row[] {
  const shown = SYSTEMS.map((system) => {
    const row: Row = { system };
    for (const measure of MEASURE_NAMES) row[measure] = showInterval(intervalOf(scores[system][measure]));
    for (const measure of MEASURE_NAMES) {
      row[`${measure} - ${BASELINE}`] =
        system === BASELINE ? null : showDifference(scores[system][measure], scores[BASELINE][measure]);
    }
    return row;
  });
  printTable(queries === null ? set : `${set}, ${queries} queries`, shown);
  return SYSTEMS.map((system) => {
    let row: Row = { set, queries, system };
    for (const measure of MEASURE_NAMES) {
      row = { ...row, ...intervalCells(measure, intervalOf(scores[system][measure])) };
      if (system === BASELINE) continue;
      const against = difference(scores[system][measure], scores[BASELINE][measure]);
      row = { ...row, ...intervalCells(`${measure} minus ${BASELINE}`, intervalOf(against)) };
    }
    return row;
  });
}
