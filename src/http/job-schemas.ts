/** The wire of batch jobs. A request names models and evaluations of the data folder, never a path. */
import { z } from 'zod';
import { modelName } from '../models/model-library.ts';
import { JOB_KINDS, JOB_STATES } from '../papers/job-store.ts';
import { flag } from './flag.ts';
import { numberParam } from './number-param.ts';

const evals = z
  .array(z.string().regex(/^\w[\w.-]{0,99}$/, 'must be the name of a folder in evals/ of the data folder'))
  .max(50)
  .describe('Names of evaluation folders in `evals/` of the data folder');

const migrateModel = modelName.describe('Name of a model that `paperkin models list` prints');

/** What a JSON body can ask for; an import is asked for by sending its file. */
export const jobBody = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('reindex'),
      all: z.boolean().default(false).describe('Embed every text again, not only those without a vector'),
    }),
    z.strictObject({ kind: z.literal('compact') }),
    z.strictObject({
      kind: z.literal('migrate'),
      model: migrateModel.optional(),
      evals: evals.optional(),
      cutover: z.boolean().optional().describe('Serve the new model at the end; a rehearsal without it'),
      rollback: z.literal(true).optional().describe('Go back to the model before, instead'),
    }),
    z.strictObject({ kind: z.literal('evaluate'), evals: evals.min(1) }),
  ])
  .meta({ examples: [{ kind: 'reindex', all: false }] });

export const jobParamsOfPath = z.strictObject({
  id: z
    .string()
    .regex(/^job-[0-9a-f]{12}$/, 'must be the id of a job')
    .describe('Id of a job, as the answer that began it has it')
    .meta({ examples: ['job-0123456789ab'] }),
});

export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.enum(JOB_KINDS),
    params: z.record(z.string(), z.unknown()),
    state: z.enum(JOB_STATES),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
    attempts: z.int().describe('Processes that have begun since it last made progress'),
    cancelRequested: z.boolean(),
    step: z.string().describe('What is being done'),
    done: z.int(),
    total: z.int().nullable().describe('Null while unknown'),
    rate: z.number().nullable().describe('Pieces a second in this step'),
    etaS: z.number().nullable().describe('Seconds left in this step at this rate; null while unknown'),
    rejected: z.int().describe('Rows refused; `/v1/jobs/{id}/rejects` lists them'),
    report: z.record(z.string(), z.unknown()).nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Job', description: 'A batch job' });

export const jobQuery = z.strictObject({
  dryRun: flag(false).describe('Say what the job would do and cost; nothing is written'),
});
export const priceSchema = z
  .object({
    papers: z
      .object({ new: z.int(), changed: z.int(), unchanged: z.int(), rejected: z.int() })
      .describe('What would become of papers; a job that takes no file leaves all of them unchanged'),
    texts: z.int().describe('Distinct texts to embed'),
    tokens: z.int().describe('Estimated from a sample'),
    etaS: z.number().nullable().describe('Seconds of embedding, estimated from a sample; null where nothing is to be embedded'),
    rebuilt: z.int().describe('Papers of which a graph would be built anew; 0 where the one that serves only grows'),
  })
  .meta({ id: 'Price', description: 'What a job would do and cost' });

export const jobsQuery = z.strictObject({
  limit: numberParam(z.int().min(1).max(200).default(20)).describe('Jobs wanted, newest first'),
});
export const jobsSchema = z.object({ jobs: z.array(jobSchema) });

export const rejectsQuery = z.strictObject({
  limit: numberParam(z.int().min(1).max(1_000).default(100)).describe('Rows wanted'),
  after: numberParam(z.int().min(0).default(0)).describe('Rows to pass over'),
});
export const rejectsSchema = z.object({
  rejects: z.array(z.object({ file: z.string(), line: z.int(), message: z.string() })),
});
