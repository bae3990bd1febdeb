/** Where the environment (`process.env`, handed in) is parsed: once, with defaults, into a plain object. */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type ApiKey, parseKeys, SCOPES, type Scope } from './api-keys.ts';
import { invalidInput } from './errors.ts';

/** The folder that holds `models/`, `seeds/` and `dist/`, wherever the command is started from. */
export const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The APIs of other services that this one can answer too. */
export const DIALECTS = ['semantic-scholar', 'hugging-face', 'openai', 'tei', 'mcp'] as const;
export type DialectName = (typeof DIALECTS)[number];
/** Words with commas or blanks between them. */
const words = z.string().transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''));

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
  EMBED_QUEUE_TOKENS: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .default(8_192)
    .describe('Tokens, about, that may wait to be embedded before 429; lists have a lane of their own with eight times as many'),
  MAX_REQUESTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(32 * availableParallelism())
    .describe('Requests that read, under way at a time for each route, before 429; the default is 32 for each available core'),
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
  API_KEYS: z.string().default('').describe('Keys as `keys create` prints them, hashed, with commas between them'),
  API_KEYS_FILE: z.string().min(1).optional().describe('File with more of them, one a line'),
  ANONYMOUS: z
    .enum(['none', ...SCOPES])
    .optional()
    .describe('What callers without a key may do: `none`, `read`, `write` or `admin`'),
  CORS_ORIGINS: words
    .pipe(z.array(z.union([z.literal('*'), z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin)])))
    .default([])
    .describe('Origins whose pages may call the service from a browser, with commas between them; `*` is any'),
  RATE_LIMIT: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000_000)
    .default(0)
    .describe('Requests a minute for each key, and for each address without one; 0 sets no limit'),
  TRUST_PROXY: words
    .pipe(z.array(z.string().refine(isTrustable, 'must be addresses, networks (10.0.0.0/8), loopback or uniquelocal')))
    .default([])
    .describe('Proxies whose `X-Forwarded-For` is believed: addresses, networks, `loopback`, `uniquelocal`'),
  REQUEST_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(30_000)
    .describe('An answer that takes longer is given up as 503; writes are not. 0 waits for ever'),
  CLIENT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(3_600_000)
    .default(30_000)
    .describe('A client that sends or reads nothing for so long, or a JSON body that takes longer, is cut off'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('Address that people reach the service by, for links in feeds; pages of it may call `/mcp`'),
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
  /** Of the interactive lane. */
  embedQueueTokens: number;
  /** That read, under way at a time for each route. */
  maxRequests: number;
  efSearch: number;
  /** Null: `efSearch` stays as it is. */
  recallTarget: number | null;
  recallSample: number;
  paperCacheBytes: number;
  answerCacheBytes: number;
  bodyLimitBytes: number;
  dialects: readonly DialectName[];
  /** Without those of the file: `readKeyFile` reads them. */
  apiKeys: readonly ApiKey[];
  apiKeysFile: string | undefined;
  /** Undefined where it is not set: `http/access-rule.ts` decides. */
  anonymous: Scope | 'none' | undefined;
  /** Origins as browsers send them, or `*`. */
  corsOrigins: readonly string[];
  /** Requests a minute; 0: no limit. */
  rateLimit: number;
  trustProxy: readonly string[];
  /** 0: none. */
  requestTimeoutMs: number;
  clientTimeoutMs: number;
  /** Without a slash at its end; undefined: what a request was sent to. */
  publicUrl: string | undefined;
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
    embedQueueTokens: data.EMBED_QUEUE_TOKENS,
    maxRequests: data.MAX_REQUESTS,
    efSearch: data.EF_SEARCH,
    recallTarget: data.RECALL_TARGET === 0 ? null : data.RECALL_TARGET,
    recallSample: data.RECALL_SAMPLE,
    paperCacheBytes: data.PAPER_CACHE * 1e6,
    answerCacheBytes: data.ANSWER_CACHE * 1e6,
    bodyLimitBytes: data.BODY_LIMIT,
    dialects: data.DIALECTS,
    apiKeys: parseKeys(data.API_KEYS, 'API_KEYS'),
    apiKeysFile: data.API_KEYS_FILE,
    anonymous: data.ANONYMOUS,
    corsOrigins: data.CORS_ORIGINS,
    rateLimit: data.RATE_LIMIT,
    trustProxy: data.TRUST_PROXY,
    requestTimeoutMs: data.REQUEST_TIMEOUT_MS,
    clientTimeoutMs: data.CLIENT_TIMEOUT_MS,
    publicUrl: data.PUBLIC_URL,
    hubUrl: data.HUB_URL,
    hubToken: data.HF_TOKEN,
    seed: data.SEED,
  };
}

function isTrustable(word: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(word)) return true;
  const [address = '', prefix, ...rest] = word.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  return version !== 0 && rest.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
}
