/** Options shared by the commands, parsed once. */
import type { Command } from 'commander';
import { z } from 'zod';
import { type Config, loadConfig } from '../config.ts';
import { invalidInput } from '../errors.ts';

const globalsSchema = z.object({
  dataDir: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  json: z.boolean().default(false),
});

export interface Globals {
  config: Config;
  json: boolean;
}

/** A flag wins over the environment. */
export function globalsOf(command: Command): Globals {
  const { dataDir, model, json } = parseOptions(globalsSchema, command.optsWithGlobals());
  const env = { ...process.env };
  if (dataDir !== undefined) env['DATA_DIR'] = dataDir;
  if (model !== undefined) env['MODEL'] = model;
  return { config: loadConfig(env), json };
}

/** @throws AppError `invalid_input` that names the option. */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw invalidInput('options', parsed.error);
  return parsed.data;
}
