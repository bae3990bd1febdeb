/** The file beside a saved index that says which paper stands at which label or row. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../errors.ts';
import type { PaperId } from '../paper.ts';

const IDS_FILE = 'ids.json';
const idsSchema = z.array(z.string().nullable());

/** `ids[label]`, null for a label whose paper was removed or replaced. */
export async function writeIds(dir: string, ids: readonly (PaperId | null)[]): Promise<void> {
  await writeFile(join(dir, IDS_FILE), JSON.stringify(ids));
}

/** @throws AppError `generation_damaged` when the file is not what `writeIds` writes. */
export async function readIds(dir: string): Promise<(PaperId | null)[]> {
  try {
    return idsSchema.parse(JSON.parse(await readFile(join(dir, IDS_FILE), 'utf8')));
  } catch (error) {
    throw new AppError('generation_damaged', `${join(dir, IDS_FILE)}: ${messageOf(error)}`, { cause: error });
  }
}
