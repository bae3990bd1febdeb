/** Where a bench's figures go: a JSON file with everything that is needed to run it again. */
import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { PACKAGE_ROOT } from '#dist/config.js';
import { writeFileDurably } from '#dist/durable-files.js';
import { describeMachine, machineLine } from './machine.ts';
import { shownPath } from './model.ts';
import type { Row } from './table.ts';

export interface BenchResult {
  seed: number;
  /** Every option of the run; of a path what `shownPath` shows. */
  parameters: Record<string, unknown>;
  /** The tables by name, rows as printed. */
  tables: Record<string, readonly Row[]>;
  /** What a reader must know to read the figures. */
  notes?: readonly string[];
}

/** The folder of the committed results. */
export const RESULTS_DIR = join(PACKAGE_ROOT, 'bench/results');

/** @param out path of the file; by default `bench/results/<name>.json`. */
export async function writeResult(name: string, result: BenchResult, out?: string): Promise<void> {
  const file = out === undefined ? join(RESULTS_DIR, `${name}.json`) : resolve(out);
  const machine = describeMachine();
  const date = new Date().toISOString();
  const { seed, notes = [], tables } = result;
  const parameters = Object.fromEntries(
    Object.entries(result.parameters).map(([name, value]) => [
      name,
      typeof value === 'string' && isAbsolute(value) ? shownPath(value) : value,
    ]),
  );
  await mkdir(dirname(file), { recursive: true });
  const content = { name, machineLine: machineLine(machine, date.slice(0, 10)), machine, date, seed, parameters, notes, tables };
  await writeFileDurably(file, `${JSON.stringify(content, null, 2)}\n`);
  for (const note of notes) process.stdout.write(`\n${note}`);
  process.stdout.write(`\n\n${content.machineLine}\nseed ${seed}; written to ${file}\n`);
}
