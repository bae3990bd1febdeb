/** Is what is cited what made the score? Judged by removal, per method. */
import { namedRandom } from '../../lib/random.ts';
import { mean } from '../../lib/stats.ts';
import type { Row } from '../../lib/table.ts';
import { intervalOf, resampleMeans } from '../bootstrap.ts';
import { intervalCells } from '../measures.ts';
import type { ResampleOptions } from '../scores.ts';
import type { Case } from './cases.ts';
import { METHODS } from './methods.ts';

/** Share of the other sentences whose removal costs less: the chance that the chosen one beats a random other. */
function beaten(losses: readonly (number | undefined)[], chosen: number | undefined): number {
  const own = chosen === undefined ? undefined : losses[chosen];
  if (own === undefined) return 0;
  const others = losses.filter((loss, i) => loss !== undefined && i !== chosen);
  return mean(others.map((loss) => (own > (loss ?? own) ? 1 : 0)));
}

/**
 * A row for each method. Intervals are over queries: hits of one query are no independent sample.
 * @param byQuery cases of each query, none empty.
 */
export function faithfulness(set: string, byQuery: readonly Case[][], { resamples, seed }: ResampleOptions): Row[] {
  const values = METHODS.map(({ choose }) =>
    byQuery.map((cases) =>
      cases.map((of) => {
        const chosen = choose(of);
        const most = Math.max(...of.losses.map((loss) => loss ?? Number.NEGATIVE_INFINITY));
        const share = beaten(of.losses, chosen);
        return { share, first: chosen !== undefined && of.losses[chosen] === most ? 1 : 0, loss: of.losses[chosen ?? -1] ?? 0 };
      }),
    ),
  );
  const columns = values.map((queries) => queries.map((cases) => mean(cases.map(({ share }) => share))));
  const intervals = resampleMeans(columns, resamples, namedRandom(seed, set)).map(intervalOf);
  const pairs = byQuery.flat();
  return METHODS.map(({ name, runs, peeks }, m) => {
    const own = values[m]?.flat() ?? [];
    return {
      set,
      queries: byQuery.length,
      pairs: pairs.length,
      sentences: round(mean(pairs.map(({ losses }) => losses.length)), 1),
      method: name,
      runs,
      peeks: peeks ? 'yes' : 'no',
      ...intervalCells('faithful', intervals[m] ?? { mean: Number.NaN, low: Number.NaN, high: Number.NaN }),
      'costs most of all': round(mean(own.map(({ first }) => first)), 3),
      'mean loss': round(mean(own.map(({ loss }) => loss)), 4),
    };
  });
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
