/** Values of the strategies by set and case, and what resampling the interests makes of them. */
import { namedRandom } from '../../lib/random.ts';
import { mean } from '../../lib/stats.ts';
import type { Row } from '../../lib/table.ts';
import { difference, intervalOf, meanOfSets, type Resampled, resampleMeans } from '../bootstrap.ts';
import { intervalCells } from '../measures.ts';
import { BASELINE, STRATEGIES, type StrategyRunner } from './strategies.ts';
import { CASE_GROUPS, type SeedTask } from './tasks.ts';

/** A case of a set with fewer interests says too little. */
const LEAST_INTERESTS = 10;

export interface CaseScores {
  set: string;
  case: string;
  interests: number;
  /** By strategy. */
  resampled: ReadonlyMap<string, Resampled>;
}

export interface CompareOptions {
  resamples: number;
  seed: number;
}

/** The tasks of an interest count as one: their mean is its value. Cases with fewer than ten interests are left out. */
export async function scoreTasks(
  set: string,
  tasks: readonly SeedTask[],
  runner: StrategyRunner,
  { resamples, seed }: CompareOptions,
): Promise<CaseScores[]> {
  const scores: CaseScores[] = [];
  for (const name of Object.values(CASE_GROUPS).flat()) {
    const byInterest = new Map<string, Map<string, number>[]>();
    const own = tasks.filter((task) => task.case === name);
    if (new Set(own.map(({ interest }) => interest)).size < LEAST_INTERESTS) continue;
    for (const task of own) {
      const values = byInterest.get(task.interest) ?? [];
      values.push(await runner.run(task));
      byInterest.set(task.interest, values);
    }
    const columns = STRATEGIES.map((strategy) =>
      [...byInterest.values()].map((values) => mean(values.map((measured) => measured.get(strategy) ?? 0))),
    );
    const resampled = resampleMeans(columns, resamples, namedRandom(seed, `${set} ${name}`));
    const by = STRATEGIES.flatMap((strategy, i) => (resampled[i] === undefined ? [] : [[strategy, resampled[i]] as const]));
    scores.push({ set, case: name, interests: byInterest.size, resampled: new Map(by) });
  }
  return scores;
}

/** A row for each set, case and strategy. */
export function caseRows(scores: readonly CaseScores[]): Row[] {
  return scores.flatMap(({ set, case: name, interests, resampled }) =>
    STRATEGIES.map((strategy) => ({ set, case: name, interests, strategy, ...cells(strategy, resampled) })),
  );
}

/** A row for each group of cases and strategy: every set and case counts the same. */
export function groupRows(scores: readonly CaseScores[]): Row[] {
  const groups = Object.entries({ ...CASE_GROUPS, 'all cases': Object.values(CASE_GROUPS).flat() });
  return groups.flatMap(([group, cases]) => {
    const own = scores.filter((score) => cases.includes(score.case));
    if (own.length === 0) return [];
    const resampled = new Map(
      STRATEGIES.map((strategy) => [strategy, meanOfSets(own.flatMap((score) => score.resampled.get(strategy) ?? []))]),
    );
    return STRATEGIES.map((strategy) => ({ group, means: own.length, strategy, ...cells(strategy, resampled) }));
  });
}

function cells(strategy: string, resampled: ReadonlyMap<string, Resampled>): Row {
  const [own, base] = [resampled.get(strategy), resampled.get(BASELINE)];
  if (own === undefined || base === undefined) throw new Error(`"${strategy}" or "${BASELINE}" was not measured`);
  const value = intervalCells('nDCG@10', intervalOf(own));
  return strategy === BASELINE ? value : { ...value, ...intervalCells('difference', intervalOf(difference(own, base))) };
}
