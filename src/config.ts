/** Where the environment (`process.env`, handed in) is parsed: once, with defaults, into a plain object. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { invalidInput } from './errors.ts';

/** The folder that holds `models/`, `seeds/` and `dist/`, wherever the command is started from. */
export const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The APIs of other services that this one can answer too. */
export const DIALECTS = ['semantic-scholar', 'hugging-face', 'openai', 'tei'] as const;
export type DialectName = (typeof DIALECTS)[number];

/** One row of the README's table each: name, unit, default. */
export const envSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('Port to listen on; 0 picks a free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  DATA_DIR: z
    .string()
    .min(1)
    .default(join(PACKAGE_ROOT, 'index'))
    .describe('Folder of the database, the index generations, the index of words and pulled models'),
  MODEL: z
    .string()
    .min(1)
    .optional()
    .describe('Embedding model, a name that `models list` prints or a folder; wins over `models use`'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('How much is logged'),
  EMBED_PROCESSES: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(availableParallelism())
    .describe('Embedding processes; the default is one for each available core'),
  EMBED_QUEUE: z.coerce.number().int().min(1).max(100_000).default(256).describe('Interactive texts that may wait before 429'),
  EF_SEARCH: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('HNSW efSearch at the start: higher is slower and nearer to exact'),
  RECALL_TARGET: z.coerce
    .number()
    .min(0)
    .max(0.999)
    .default(0.99)
    .describe('Share of the ten nearest that the graph is to find: efSearch follows, 20 to 1000; 0 leaves efSearch as it is'),
  RECALL_SAMPLE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('Share of the queries that are answered again exactly, afterwards, to measure that; 0 measures none'),
  PAPER_CACHE: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(64)
    .describe('Megabytes for papers that were in an answer lately, ready to be in another'),
  ANSWER_CACHE: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(64)
    .describe('Megabytes for whole answers, about papers like one that were asked for lately'),
  BODY_LIMIT: z.coerce
    .number()
    .int()
    .min(1024)
    .max(1_073_741_824)
    .default(1_048_576)
    .describe('Largest JSON body, bytes; NDJSON is read as a stream and has no limit'),
  DIALECTS: z
    .string()
    .transform((text) => (text.trim() === 'none' ? [] : text.split(',').map((name) => name.trim())))
    .pipe(z.array(z.enum(DIALECTS, `must be "none" or some of ${DIALECTS.join(', ')}, with commas between them`)))
    .default([...DIALECTS])
    .describe('APIs of other services that are answered too, with commas between them; `none` for none'),
  HUB_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://huggingface.co')
    .describe('Hub that `models pull` fetches from; nothing else uses it'),
  HF_TOKEN: z.string().min(1).optional().describe('Secret for private models, sent to the hub alone'),
  SEED: z.stringbool().default(true).describe('Import the bundled seed corpus into an empty store'),
});

export interface Config {
  port: number;
  host: string;
  /** Absolute. */
  dataDir: string;
  /** A model's name or folder; undefined leaves it to the data folder. Resolved by `models/model-choice.ts` alone. */
  model: string | undefined;
  logLevel: (typeof LOG_LEVELS)[number];
  embedProcesses: number;
  embedQueue: number;
  efSearch: number;
  /** Null: `efSearch` stays as it is. */
  recallTarget: number | null;
  recallSample: number;
  paperCacheBytes: number;
  answerCacheBytes: number;
  bodyLimitBytes: number;
  dialects: readonly DialectName[];
  /** Without a slash at its end. */
  hubUrl: string;
  /** Secret. */
  hubToken: string | undefined;
  seed: boolean;
}

/** @throws AppError `invalid_input` that names the variable. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = envSchema.safeParse(given);
  if (!parsed.success) throw invalidInput('environment', parsed.error);
  const { data } = parsed;
  return {
    port: data.PORT,
    host: data.HOST,
    dataDir: resolve(data.DATA_DIR),
    model: data.MODEL,
    logLevel: data.LOG_LEVEL,
    embedProcesses: data.EMBED_PROCESSES,
    embedQueue: data.EMBED_QUEUE,
    efSearch: data.EF_SEARCH,
    recallTarget: data.RECALL_TARGET === 0 ? null : data.RECALL_TARGET,
    recallSample: data.RECALL_SAMPLE,
    paperCacheBytes: data.PAPER_CACHE * 1e6,
    answerCacheBytes: data.ANSWER_CACHE * 1e6,
    bodyLimitBytes: data.BODY_LIMIT,
    dialects: data.DIALECTS,
    hubUrl: data.HUB_URL,
    hubToken: data.HF_TOKEN,
    seed: data.SEED,
  };
}
