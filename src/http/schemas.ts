/** The wire: one zod schema for each request and answer. Types, validation and the OpenAPI document come from them. */
import { z } from 'zod';
import { paperIdSchema } from '../paper.ts';
import { problemSchema } from './problem.ts';

const EXAMPLE_PAPER = {
  id: 'dp-2c1743a391e2',
  title: 'EDICT: Exact Diffusion Inversion via Coupled Transformations',
  abstract: 'Finding an initial noise vector that produces an input image when fed into the diffusion process…',
  authors: [],
  authorCount: null,
  publishedAt: '2022-11-22',
  categories: ['cs.CV'],
  venue: null,
  url: 'https://arxiv.org/abs/2211.12446',
  source: 'daily-papers',
  version: null,
};

export const paperSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    abstract: z.string().describe('May be empty'),
    authors: z.array(z.string()),
    authorCount: z.int().nullable().describe('Known even where the names are not; null when unknown'),
    publishedAt: z.string().nullable().describe('YYYY, YYYY-MM or YYYY-MM-DD; null when unknown'),
    categories: z.array(z.string()),
    venue: z.string().nullable(),
    url: z.string().nullable(),
    source: z.string().nullable(),
    version: z.int().nullable().describe('Which version of the work this is; null when unknown'),
  })
  .meta({ id: 'Paper', description: 'A paper', examples: [EXAMPLE_PAPER] });

export const idParams = z.strictObject({ id: paperIdSchema.describe('Id of a paper, percent-encoded where it holds a slash') });

export const MAX_K = 200;
const k = z.int().min(1).max(MAX_K).default(10).describe('Results wanted, 1 to 200');
const kParam = z.coerce.number().int().min(1).max(MAX_K).default(10).describe('Results wanted, 1 to 200');

const MAX_QUERY_LENGTH = 2_000;
const q = z
  .string({ error: (issue) => (issue.input === undefined ? 'is missing: say what you look for' : undefined) })
  .trim()
  .min(1, 'must not be empty: say what you look for')
  .max(MAX_QUERY_LENGTH, `must have at most ${MAX_QUERY_LENGTH} characters`)
  .describe('Free text: an interest, a question, a title')
  .meta({ examples: ['exact diffusion inversion'] });
const mode = z
  .enum(['hybrid', 'dense', 'lexical'])
  .default('hybrid')
  .describe('By meaning (dense), by words (lexical, BM25), or both fused (hybrid)');

export const searchQuery = z.strictObject({ q, k: kParam, mode });
export const searchBody = z.strictObject({ q, k, mode }).meta({ examples: [{ q: 'exact diffusion inversion', k: 5 }] });
export const similarQuery = z.strictObject({ k: kParam });

const weight = z.number().positive().max(1_000).default(1).describe('How much it counts beside the others');
const seed = z.union(
  [z.strictObject({ id: paperIdSchema, weight }), z.strictObject({ text: q, weight })],
  'must be {"id": …} or {"text": …}, with an optional positive weight',
);
const MAX_SEEDS = 100;

export const recommendBody = z
  .strictObject({
    like: z.array(seed).min(1).max(MAX_SEEDS).describe('Papers or texts to be near to'),
    dislike: z.array(seed).max(MAX_SEEDS).default([]).describe('Papers or texts to be far from'),
    k,
  })
  .meta({
    examples: [{ like: [{ id: 'dp-2c1743a391e2' }, { text: 'image editing' }], dislike: [{ text: 'video generation' }], k: 5 }],
  });

export const answerSchema = z
  .object({
    results: z.array(
      z.object({
        rank: z.int().min(1),
        score: z
          .number()
          .describe('Higher is better, comparable within one answer: cosine (dense), BM25 (lexical), fused ranks (hybrid)'),
        paper: paperSchema,
      }),
    ),
    seeds: z
      .object({ used: z.array(z.string()), missing: z.array(z.string()) })
      .optional()
      .describe('What became of the papers a recommendation was asked for'),
    plan: z.object({
      strategy: z.enum(['hybrid', 'dense', 'lexical']),
      efSearch: z.int().nullable(),
      candidates: z.int().describe('Papers ranked before the cut to k'),
    }),
    generation: z.string().nullable().describe('Index generation on disk that the answer builds on'),
    space: z.string().describe('Fingerprint of the embedding space'),
    warnings: z
      .array(z.object({ code: z.enum(['truncated', 'not_understood']), message: z.string() }))
      .describe(
        'What the model could not read well of the texts asked with: a script or words it does not know, a text that is too long',
      ),
    tookMs: z.object({ total: z.number(), embed: z.number(), search: z.number() }),
  })
  .meta({ id: 'Answer', description: 'Ranked papers' });

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(20).describe('Papers wanted, 1 to 200'),
  cursor: z.string().max(1_000).optional().describe('`nextCursor` of the page before'),
});
export const listSchema = z
  .object({ papers: z.array(paperSchema), nextCursor: z.string().nullable().describe('Null on the last page') })
  .meta({ id: 'PaperList', description: 'Papers, newest first' });

const MAX_IDS = 500;
export const batchGetBody = z
  .strictObject({ ids: z.array(paperIdSchema).min(1).max(MAX_IDS) })
  .meta({ examples: [{ ids: ['dp-2c1743a391e2', 'unknown'] }] });
export const batchGetSchema = z.object({ papers: z.array(paperSchema), missing: z.array(z.string()) });

export const waitQuery = z.strictObject({
  wait: z.stringbool().default(false).describe('Answer when the papers can be found, not only when they are stored'),
});

export const writeReportSchema = z
  .object({
    new: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    rejected: z.int(),
    errors: z
      .array(z.object({ line: z.int(), message: z.string() }))
      .describe('Rejected records of an NDJSON body or a file, the first 100'),
    ids: z.array(z.string()).describe('Ids of the papers of a JSON body, in order; empty for a stream'),
    indexed: z.boolean().describe('True when every paper of this call can be found now'),
  })
  .meta({ id: 'WriteReport', description: 'What a write did' });

export const putSchema = z.object({ paper: paperSchema, indexed: z.boolean() });

const MAX_TEXTS = 64;
export const embedBody = z
  .strictObject({
    texts: z.array(z.string().trim().min(1).max(50_000)).min(1).max(MAX_TEXTS),
    kind: z.enum(['query', 'passage']).default('passage').describe('Some models embed the two differently'),
  })
  .meta({ examples: [{ texts: ['exact diffusion inversion'], kind: 'query' }] });
export const embedSchema = z
  .object({
    embeddings: z.array(
      z.object({
        vector: z.array(z.number()).describe('Unit length'),
        tokens: z.int().describe('Tokens of the whole text'),
        truncated: z.boolean().describe('True when the text is longer than the model reads'),
      }),
    ),
    dim: z.int(),
    space: z.string(),
  })
  .meta({ id: 'Embeddings', description: 'Vectors of texts' });

export const infoSchema = z
  .object({
    name: z.literal('paperkin'),
    version: z.string(),
    papers: z.int().describe('Papers stored'),
    indexed: z.int().describe('Papers that can be found by meaning'),
    pending: z.int().describe('Papers that wait for their embedding'),
    revision: z.int().describe('Changes made to the store so far'),
    model: z.object({
      name: z.string(),
      dim: z.int(),
      maxTokens: z.int(),
      pooling: z.string(),
      precision: z.string(),
      license: z.string(),
    }),
    space: z.string(),
    generation: z.string().nullable(),
    index: z.object({
      kind: z.string(),
      count: z.int(),
      tombstones: z.int().describe('Places that removed and replaced papers still hold'),
      tombstoneRatio: z.number().describe('Share of all places, 0 to 1; a compaction starts by itself when it is high'),
      sizeBytes: z.int(),
      efSearch: z.int(),
    }),
    degraded: z.string().nullable().describe('Why an older index is served; null when all is well'),
    notice: z.string().nullable().describe('What to run where another model was asked for than is served; null where they agree'),
    node: z.string(),
    uptimeS: z.number(),
  })
  .meta({ id: 'Info', description: 'What this service is and holds' });

export const healthSchema = z.object({ status: z.literal('ok') });
export const readySchema = z.object({ status: z.enum(['ready', 'degraded']), degraded: z.string().nullable() });

/** Problem answers of a route, by status. */
export function problemsOf<S extends number>(...statuses: S[]): Record<S, typeof problemResponse> {
  return Object.fromEntries(statuses.map((status) => [status, problemResponse])) as Record<S, typeof problemResponse>;
}
const problemResponse = {
  description: 'Problem details',
  content: { 'application/problem+json': { schema: problemSchema } },
};
