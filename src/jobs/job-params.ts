/** What each kind of job is asked for with. Folders and files come from the command line alone, never from a request. */
import { z } from 'zod';
import { FORMATS } from '../seeds/formats.ts';

/** Name of a folder under `<data folder>/evals/`, or an absolute path. */
const evals = z.array(z.string().min(1)).max(50);

export const jobParams = {
  /** `upload`: the one file is the job's own and is removed when it has ended. */
  import: z.strictObject({
    files: z.array(z.string().min(1)).min(1),
    format: z.enum(['auto', ...FORMATS]).default('auto'),
    upload: z.boolean().default(false),
  }),
  /** `all` embeds every text again, not only those without a vector. */
  reindex: z.strictObject({ all: z.boolean().default(false) }),
  /** To `model`, or back to the one before. Without `cutover` it is a rehearsal. */
  migrate: z.union(
    [
      z.strictObject({ model: z.string().min(1), evals: evals.default([]), cutover: z.boolean().default(false) }),
      z.strictObject({ rollback: z.literal(true) }),
    ],
    'model: must name the model to go over to, or be left out with all else beside rollback: true',
  ),
  compact: z.strictObject({}),
  evaluate: z.strictObject({ evals: evals.min(1, 'must name at least one evaluation') }),
} as const;

export type ImportParams = z.infer<(typeof jobParams)['import']>;
export type ReindexParams = z.infer<(typeof jobParams)['reindex']>;
export type MigrateParams = z.infer<(typeof jobParams)['migrate']>;
export type EvaluateParams = z.infer<(typeof jobParams)['evaluate']>;
