/** A value in a table: numbers are set to the right. */
export type Cell = string | number | null;
export type Row = Record<string, Cell>;

/** Prints `rows` under a title, one column for each key of the first row. */
export function printTable(title: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => text(row[column]).length)));
  const line = (cells: readonly string[], right: (i: number) => boolean) =>
    `  ${cells.map((cell, i) => (right(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd();
  const isNumber = (i: number) => rows.some((row) => typeof row[columns[i] ?? ''] === 'number');
  const lines = [
    line(columns, isNumber),
    line(
      widths.map((width) => '-'.repeat(width)),
      () => false,
    ),
    ...rows.map((row) =>
      line(
        columns.map((column) => text(row[column])),
        isNumber,
      ),
    ),
  ];
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}

function text(cell: Cell | undefined): string {
  if (typeof cell === 'number') return Number.isInteger(cell) ? cell.toLocaleString('en') : String(cell);
  return cell ?? '–';
}
