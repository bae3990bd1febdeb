/** The tables of "why this paper" as Markdown, from the rows of the result file. */
import type { Row } from '../../lib/table.ts';
import { PRODUCT_METHOD } from '../explain/methods.ts';
import { markdownTable, shown } from './tables.ts';

export function explainTables({ faithfulness, times }: { faithfulness: readonly Row[]; times: readonly Row[] }): string {
  const sets = [...new Set(faithfulness.map(({ set }) => String(set)))];
  const methods = [...new Set(faithfulness.map(({ method }) => String(method)))];
  const rowOf = (set: string, method: string) => faithfulness.find((row) => row['set'] === set && row['method'] === method);
  const head = sets.map((set) => `${set}, ${rowOf(set, PRODUCT_METHOD)?.['pairs']} hits`);
  const byMethod = methods.map((method) => {
    const row = rowOf(sets.at(-1) ?? '', method);
    return [
      method === PRODUCT_METHOD ? `**${method}**` : method,
      String(row?.['runs']),
      String(row?.['peeks']),
      ...sets.map((set) => shown(rowOf(set, method), 'faithful')),
      shown(row, 'costs most of all'),
    ];
  });
  const timeColumns = Object.keys(times[0] ?? {});
  return `${markdownTable(['chosen by', 'runs a hit', 'peeks', ...head, 'costs most of all'], byMethod)}

Time to explain ten hits, milliseconds:

${markdownTable(
  timeColumns,
  times.map((row) => timeColumns.map((column) => String(row[column]))),
)}`;
}
