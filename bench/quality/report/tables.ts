/** The tables of the report as Markdown, from the rows of the result file. */
import type { Row } from '../../lib/table.ts';
import { intervalAt, MEASURE_NAMES, mainMeasure, showDifference, showInterval } from '../measures.ts';

const SUMMARY = ['tfidf', 'bm25', 'minilm', 'ours', 'hybrid'];
const NONE = '–';

/** One row a set, the systems that a reader chooses between, each by the set's main measure. */
export function summaryTable(rows: readonly Row[]): string {
  const sets = [...new Set(rows.map(({ set }) => String(set)))];
  return markdownTable(
    ['set, queries', 'measure', ...SUMMARY, 'ours − minilm'],
    sets.map((set) => {
      const of = (system: string) => rows.find((row) => row['set'] === set && row['system'] === system);
      const measure = mainMeasure(set);
      const queries = of('bm25')?.['queries'];
      return [
        typeof queries === 'number' ? `${set}, ${queries.toLocaleString('en')}` : set,
        measure,
        ...SUMMARY.map((system) => shown(of(system), measure)),
        shownDifference(of('ours'), `${measure} minus minilm`),
      ];
    }),
  );
}

/** Every system on every set, every measure. */
export function setTables(rows: readonly Row[]): string {
  const sets = [...new Set(rows.map(({ set }) => String(set)))];
  return sets
    .map((set) => {
      const own = rows.filter((row) => row['set'] === set);
      const main = mainMeasure(set);
      const { papers, queries } = own[0] ?? {};
      const size =
        typeof queries === 'number' ? `: ${queries.toLocaleString('en')} queries, ${papers?.toLocaleString('en')} papers` : '';
      const table = markdownTable(
        ['system', ...MEASURE_NAMES, `${main} − minilm`, `${main} − bm25`],
        own.map((row) => [
          String(row['system']),
          ...MEASURE_NAMES.map((measure) => shown(row, measure)),
          shownDifference(row, `${main} minus minilm`),
          shownDifference(row, `${main} minus bm25`),
        ]),
      );
      return `**${set}**${size}\n\n${table}`;
    })
    .join('\n\n');
}

/** What each step of diversity costs and brings. */
export function diversityTable(rows: readonly Row[]): string {
  return markdownTable(
    ['diversity', 'nDCG@10', '− at 0', 'likeness of the ten', '− at 0'],
    rows.map((row) => [
      String(row['diversity']),
      shown(row, 'nDCG@10'),
      shownDifference(row, 'nDCG@10 minus 0'),
      shown(row, 'likeness'),
      shownDifference(row, 'likeness minus 0'),
    ]),
  );
}

/** Every way of doing a thing: nDCG@10 by set, their mean, and its difference to the way `plain`. */
export function waysTable(rows: readonly Row[], plain: string): string {
  const sets = Object.keys(rows[0] ?? {}).filter(
    (name) => name !== 'way' && name !== 'mean' && !/ (?:low|high|minus .+)$/.test(name),
  );
  return markdownTable(
    ['way', ...sets, 'mean', `mean − ${plain}`],
    rows.map((row) => [
      String(row['way']),
      ...sets.map((set) => shown(row, set)),
      shown(row, 'mean'),
      shownDifference(row, `mean minus ${plain}`),
    ]),
  );
}

/** A row of the parts of the fusion as it is shown on the terminal and in the report. */
export function partCells(row: Row): Record<string, string> {
  return {
    set: String(row['set']),
    asks: String(row['asks']),
    measure: String(row['measure']),
    ...Object.fromEntries(['bm25', 'ours', 'hybrid'].map((system) => [system, shown(row, system)])),
    'the better part': text(row['better']),
    'hybrid − the better': shownDifference(row, 'difference'),
  };
}

export function partTable(rows: readonly Row[]): string {
  return cellTable(rows.map(partCells));
}

/** A row of the bars as it is shown on the terminal and in the report. */
export function barCells(row: Row): Record<string, string> {
  return {
    what: String(row['what']),
    sets: text(row['sets']),
    measure: String(row['measure']),
    ours: shown(row, 'ours'),
    against: `${text(row['against'])} ${shown(row, 'other')}`,
    difference: shownDifference(row, 'difference').replace(/ \*$/, ''),
    bar: signed(String(row['bar'])),
    met: row['met'] === null ? 'not measured' : String(row['met']),
  };
}

export function barTable(rows: readonly Row[]): string {
  return cellTable(rows.map(barCells));
}

function cellTable(cells: readonly Record<string, string>[]): string {
  return markdownTable(
    Object.keys(cells[0] ?? {}),
    cells.map((row) => Object.values(row)),
  );
}

export function modelTable(rows: readonly Row[]): string {
  return markdownTable(
    ['system', 'model', 'precision', 'numbers', 'reads', 'size', 'space'],
    rows.map(({ system, name, precision, dim, maxTokens, sizeBytes, space }) => [
      String(system),
      String(name),
      String(precision),
      String(dim),
      `${maxTokens} tokens`,
      `${(Number(sizeBytes) / 1e6).toFixed(1)} MB`,
      `\`${space}\``,
    ]),
  );
}

/** The seed pages, all together. */
export function seedPagesTable(rows: readonly Row[]): string {
  return markdownTable(
    ['', 'MRR', 'a random order', 'share of the first ten on the same page', 'a random order'],
    rows
      .filter(({ page }) => page === 'all pages')
      .map((row) => [
        String(row['system']),
        shown(row, 'MRR'),
        shown(row, 'MRR, random order'),
        shown(row, 'P@10'),
        shown(row, 'P@10, random order'),
      ]),
  );
}

/** What versions are folded, what else is, and what it costs. */
export function foldTables(tables: Record<'recall' | 'variants' | 'precision' | 'cost', readonly Row[]>): string[] {
  return [[...tables.recall, ...tables.variants], tables.precision, tables.cost].map((rows) =>
    markdownTable(
      Object.keys(rows[0] ?? {}),
      rows.map((row) =>
        Object.values(row).map((cell) =>
          typeof cell === 'number' ? cell.toLocaleString('en', { maximumFractionDigits: 4 }) : text(cell),
        ),
      ),
    ),
  );
}

/** One row a strategy, one column a group of cases: differences to the first strategy, whose own values are shown. */
export function strategyGroupTable(rows: readonly Row[]): string {
  const [strategies, groups] = (['strategy', 'group'] as const).map((name) => [...new Set(rows.map((row) => String(row[name])))]);
  return markdownTable(
    ['', ...(groups ?? [])],
    (strategies ?? []).map((strategy) => [
      strategy,
      ...(groups ?? []).map((group) => {
        const row = rows.find((other) => other['group'] === group && other['strategy'] === strategy);
        return strategy === strategies?.[0] ? shown(row, 'nDCG@10') : shownDifference(row, 'difference');
      }),
    ]),
  );
}

/** One row a set and case, one column a strategy. */
export function strategyCaseTable(rows: readonly Row[], strategies: readonly string[]): string {
  const cases = [...new Set(rows.map((row) => `${row['set']}|${row['case']}`))];
  return markdownTable(
    ['set', 'case', 'interests', ...strategies],
    cases.map((key) => {
      const own = rows.filter((row) => `${row['set']}|${row['case']}` === key);
      return [
        String(own[0]?.['set']),
        String(own[0]?.['case']),
        String(own[0]?.['interests']),
        ...strategies.map((strategy, i) => {
          const row = own.find((other) => other['strategy'] === strategy);
          return i === 0 ? shown(row, 'nDCG@10') : shownDifference(row, 'difference');
        }),
      ];
    }),
  );
}

export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), `|${columns.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** With the interval where the row has one. */
export function shown(row: Row | undefined, name: string): string {
  const interval = row === undefined ? undefined : intervalAt(row, name);
  if (interval !== undefined) return signed(showInterval(interval));
  const value = row?.[name];
  if (typeof value === 'number') return value < 1 ? value.toFixed(3).replace(/^0/, '') : String(value);
  return NONE;
}

function shownDifference(row: Row | undefined, name: string): string {
  const interval = row === undefined ? undefined : intervalAt(row, name);
  return interval === undefined ? NONE : signed(showDifference(interval));
}

function text(cell: Row[string] | undefined): string {
  return cell === null || cell === undefined ? NONE : String(cell);
}

/** With the minus sign of print. */
function signed(numbers: string): string {
  return numbers.replace(/-(?=[.\d])/g, '−');
}
