/** Which model a data folder works with: the one that `--model` or MODEL names, else the one chosen for the folder, else the bundled one. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { writeFileDurably } from '../durable-files.ts';
import { AppError, messageOf } from '../errors.ts';
import { defaultModel, findModel, type ModelPlace } from './model-library.ts';

/** A model's name, or its folder's absolute path. */
const choiceSchema = z.strictObject({ model: z.string().min(1) });

export interface ChosenModel extends ModelPlace {
  /** `setting`: --model or MODEL; `choice`: stored in the data folder; `default`: nothing says otherwise. */
  why: 'setting' | 'choice' | 'default';
}

/** @throws AppError `invalid_input` when there is no such model, `model_invalid` when the stored choice cannot be read. */
export async function chooseModel({ dataDir, model }: Pick<Config, 'dataDir' | 'model'>): Promise<ChosenModel> {
  if (model !== undefined) return { ...(await findModel(dataDir, model)), why: 'setting' };
  const chosen = await readChoice(dataDir);
  if (chosen !== undefined) return { ...(await findModel(dataDir, chosen)), why: 'choice' };
  return { ...defaultModel(), why: 'default' };
}

/** False when it was stored already; what cannot be read is written anew. */
export async function storeChoice(dataDir: string, model: string): Promise<boolean> {
  const file = choiceFile(dataDir);
  const text = `${JSON.stringify({ model })}\n`;
  if (existsSync(file) && (await readFile(file, 'utf8')) === text) return false;
  await mkdir(dataDir, { recursive: true });
  await writeFileDurably(file, text);
  return true;
}

/** Leaves the data folder to the bundled model. */
export async function forgetChoice(dataDir: string): Promise<void> {
  await rm(choiceFile(dataDir), { force: true });
}

/** The model stored for the data folder, undefined where none is. @throws AppError `model_invalid` when it cannot be read. */
export async function readChoice(dataDir: string): Promise<string | undefined> {
  const file = choiceFile(dataDir);
  if (!existsSync(file)) return undefined;
  try {
    return choiceSchema.parse(JSON.parse(await readFile(file, 'utf8'))).model;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new AppError('model_invalid', `cannot read the chosen model in ${file}: ${why}; "paperkin models use" writes it anew`, {
      cause: error,
    });
  }
}

function choiceFile(dataDir: string): string {
  return join(dataDir, 'model.json');
}
