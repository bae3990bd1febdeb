/** Writes the tables of docs/performance.md from the result files: each block is named `FILE.TABLE`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { writeFileDurably } from '#dist/durable-files.js';
import { parseBenchArgs } from './lib/args.ts';
import { blockNames, replaceBlock } from './lib/markers.ts';
import { RESULTS_DIR } from './lib/results.ts';
import type { Cell, Row } from './lib/table.ts';

const options = parseBenchArgs(
  'The tables of docs/performance.md from bench/results.',
  z.object({ file: z.string().default(join(PACKAGE_ROOT, 'docs/performance.md')).describe('document that is written into') }),
);

const rowsSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));
const resultSchema = z.object({ machineLine: z.string(), seed: z.int(), tables: z.record(z.string(), rowsSchema) });

let text = await readFile(options.file, 'utf8');
for (const name of blockNames(text)) text = replaceBlock(text, name, await blockOf(name));
await writeFileDurably(options.file, text);

async function blockOf(name: string): Promise<string> {
  const [file = '', table = ''] = name.split('.');
  const result = resultSchema.parse(JSON.parse(await readFile(join(RESULTS_DIR, `${file}.json`), 'utf8')));
  const rows = result.tables[table];
  if (rows === undefined) throw new Error(`${file}.json has no table "${table}", it has ${Object.keys(result.tables).join(', ')}`);
  return `${markdown(rows)}\n\n${result.machineLine}; seed ${result.seed}.`;
}

function markdown(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const numbers = columns.map((column) => rows.some((row) => typeof row[column] === 'number'));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(numbers.map((number) => (number ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((column) => shown(row[column])))),
  ].join('\n');
}

function shown(cell: Cell | undefined): string {
  if (typeof cell === 'number') return Number.isInteger(cell) ? cell.toLocaleString('en') : String(cell).replace(/^(-?)0\./, '$1.');
  return cell ?? '–';
}
