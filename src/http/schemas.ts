/** The wire: one zod schema for each request and answer. Types, validation and the OpenAPI document come from them. */
import { z } from 'zod';
import { paperIdSchema } from '../paper.ts';
import { paperConditionsSchema, paperFilterSchema } from '../paper-filter.ts';
import { whySchema } from '../recommend/why.ts';
import { textSchema } from '../text-schema.ts';
import { flag } from './flag.ts';
import { listFormat, paperFormat } from './formats/format.ts';
import { numberParam } from './number-param.ts';
import { problemSchema } from './problem.ts';

const EXAMPLE_PAPER = {
  id: 'dp-0e9d231d5629',
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

const ID_IN_PATH = 'Id of a paper, percent-encoded where it holds a slash';
export const idParams = z.strictObject({ id: paperIdSchema.describe(ID_IN_PATH).meta({ examples: [EXAMPLE_PAPER.id] }) });
/** Of a paper that is written or removed: not one that others go on to ask about. */
export const ownIdParams = z.strictObject({ id: paperIdSchema.describe(ID_IN_PATH).meta({ examples: ['notes/1'] }) });

export const MAX_K = 200;
const k = z.int().min(1).max(MAX_K).default(10).describe('Results wanted, 1 to 200');
const kParam = numberParam(z.int().min(1).max(MAX_K).default(10)).describe('Results wanted, 1 to 200');

const MAX_QUERY_LENGTH = 2_000;
const q = textSchema(MAX_QUERY_LENGTH, {
  error: (issue) => (issue.input === undefined ? 'is missing: say what you look for' : undefined),
  empty: 'must not be empty: say what you look for',
  long: `must have at most ${MAX_QUERY_LENGTH} characters`,
})
  .describe('Free text: an interest, a question, a title')
  .meta({ examples: ['exact diffusion inversion'] });
const mode = z
  .enum(['hybrid', 'dense', 'lexical'])
  .default('hybrid')
  .describe('By meaning (dense), by words (lexical, BM25), or both fused (hybrid)');

/** Days by unit. */
const UNITS: Record<string, number> = { d: 1, w: 7, m: 30.4375, y: 365.25 };
const recency = z
  .string('must be a time such as "180d"')
  .regex(/^([1-9]\d{0,4}(\.\d{1,3})?|0\.\d{0,2}[1-9])[dwmy]$/, 'must be a number above 0 and a unit: 180d, 26w, 6m or 1y')
  .transform((text) => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 1))
  .optional()
  .describe('Half-life: a paper counts half as much for each such time since it was published (180d, 26w, 6m, 1y)');
const DIVERSITY = 'From 0 (as ranked) to 1: how much a result must differ from those above it';
const FOLD = 'Versions of one work as one hit, the others under `versions`';
const MIN_SCORE = 'Leaves out hits with a lower score';
const sort = z.enum(['score', 'date']).default('score').describe('`date`: the 400 best works, newest first, the rest behind them');
const cursor = z.string().max(200).optional().describe('`nextCursor` of the page before; all else as it was asked then, but k');

const EXPLAIN = 'Say of each hit why it is there: the pair of sentences that match best, and the rare words that both have';

const arranged = {
  k,
  explain: z.boolean().default(false).describe(EXPLAIN),
  fold: z.boolean().default(true).describe(FOLD),
  diversity: z.number().min(0).max(1).default(0).describe(DIVERSITY),
  recency,
  sort,
  minScore: z.number().optional().describe(MIN_SCORE),
  cursor,
};
const arrangedParams = {
  ...arranged,
  k: kParam,
  explain: flag(false).describe(EXPLAIN),
  fold: flag(true).describe(FOLD),
  diversity: numberParam(z.number().min(0).max(1).default(0)).describe(DIVERSITY),
  minScore: numberParam(z.number().optional()).describe(MIN_SCORE),
};
const filter = paperFilterSchema.optional().describe('Only papers that match');
const countParam = numberParam(z.int('must be a whole number').min(1).max(100_000).optional());
/** Conditions in a query string; every one that is given must hold. */
const conditionParams = {
  ...paperConditionsSchema.shape,
  minAuthors: countParam.describe('At least so many authors'),
  maxAuthors: countParam.describe('At most so many authors'),
};

export const searchQuery = z.strictObject({ q, mode, ...arrangedParams, ...conditionParams, format: listFormat });
/** By name. zod leaves `examples` out where a part is transformed on its way in; these it passes on. */
const bodyExamples = (examples: Record<string, unknown>) => ({
  'x-examples': Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
});
export const searchBody = z.strictObject({ q, mode, ...arranged, filter }).meta(
  bodyExamples({
    conditions: { q: 'diffusion models', k: 5, filter: { from: '2022', minAuthors: 3 } },
    'filter of filters': {
      q: 'image editing',
      filter: { and: [{ from: '2020' }, { or: [{ word: 'image' }, { phrase: 'diffusion models' }] }, { not: { word: 'video' } }] },
    },
    'newest first, and why': { q: 'diffusion models', sort: 'date', explain: true },
  }),
);
export const similarQuery = z.strictObject({ ...arrangedParams, ...conditionParams, format: listFormat });
export const listFormatQuery = z.strictObject({ format: listFormat });
export const paperFormatQuery = z.strictObject({ format: paperFormat });

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
    onMissing: z
      .enum(['error', 'skip'])
      .default('skip')
      .describe('What to do where an id is unknown: go on without it and say so in `seeds`, or answer 404 with the unknown ids'),
    ...arranged,
    filter,
  })
  .meta(
    bodyExamples({
      'papers and texts': {
        like: [{ id: EXAMPLE_PAPER.id }, { text: 'image editing' }],
        dislike: [{ text: 'video generation' }],
        k: 5,
      },
      'unlike each other': { like: [{ id: EXAMPLE_PAPER.id, weight: 2 }, { id: 'dp-60405e37808f' }], diversity: 0.5 },
    }),
  );

const contributionSchema = z.object({
  list: z.enum(['like', 'dislike']),
  index: z.int().min(0).describe('Place in that list of the request, from 0'),
  id: z.string().optional().describe('Where the seed is a paper'),
  score: z.number().describe('Its share of the score: the nearer the seed beside the others, the more; below 0 for a near dislike'),
});

export const answerSchema = z
  .object({
    results: z.array(
      z.object({
        rank: z.int().min(1),
        score: z
          .number()
          .describe(
            'Higher is better, comparable within one answer: cosine (dense), BM25 (lexical), fused ranks (hybrid); ' +
              'of a recommendation the soft maximum of the cosines to the likes, less a fifth of that to the dislikes',
          ),
        paper: paperSchema,
        versions: z.array(z.string()).describe('Ids of other versions of the same work, best first'),
        contributions: z
          .array(contributionSchema)
          .optional()
          .describe('Of a recommendation: what each seed that was used gave to the score. They sum to it, up to rounding'),
        why: whySchema.optional().describe('Where `explain` asks for it'),
      }),
    ),
    nextCursor: z.string().nullable().describe('For the next page; null on the last one, and after the 200th result'),
    seeds: z
      .object({
        used: z.array(z.string()),
        missing: z.array(z.string()).describe('Not stored'),
        folded: z.array(z.string()).describe('Left out of the results: other versions of a seed'),
      })
      .optional()
      .describe('What became of the papers that were asked with'),
    plan: z.object({
      strategy: z.enum(['hybrid', 'dense', 'lexical']),
      efSearch: z.int().nullable(),
      candidates: z.int().describe('Papers ranked before the cut to a page'),
      nearest: z
        .object({
          method: z
            .enum(['kept', 'graph', 'scan', 'overfetch'])
            .describe(
              'Kept ready of the paper asked about; the graph; an exact scan of all that match; or the nearest of all by the graph, of which those that match',
            ),
          matches: z.int().nullable().describe('Papers that match the filter, where they were counted'),
          why: z.string(),
        })
        .nullable()
        .describe('How the nearest by meaning were found; null where none were asked for'),
    }),
    generation: z.string().nullable().describe('Index generation on disk that the answer builds on'),
    space: z.string().describe('Fingerprint of the embedding space'),
    warnings: z
      .array(z.object({ code: z.enum(['truncated', 'not_understood']), message: z.string() }))
      .describe(
        'What the model could not read well of the texts asked with: a script or words it does not know, a text that is too long',
      ),
    tookMs: z
      .object({
        total: z.number().describe('The sum of embed, search, fuse and explain'),
        embed: z.number(),
        queue: z.number().describe('Of embed: the wait for an embedding process'),
        tokenize: z.number().describe('Of embed'),
        infer: z.number().describe('Of embed: the model'),
        search: z.number(),
        fuse: z.number().describe('Two rankings made one'),
        explain: z.number(),
      })
      .describe('Milliseconds; also in the header server-timing'),
  })
  .meta({ id: 'Answer', description: 'Ranked papers' });

const { cursor: _cursor, explain: _explain, ...onePage } = arrangedParams;
const wantedId = paperIdSchema.describe('The paper that is missed').meta({ examples: ['dp-60405e37808f'] });
export const searchWhyNotQuery = z.strictObject({ q, mode, id: wantedId, ...onePage, ...conditionParams });
export const similarWhyNotQuery = z.strictObject({ ...onePage, ...conditionParams });
export const similarWhyNotParams = z.strictObject({
  id: paperIdSchema.describe('The paper asked about').meta({ examples: [EXAMPLE_PAPER.id] }),
  other: wantedId,
});
export const whyNotSchema = z
  .object({
    id: z.string(),
    rank: z.int().nullable().describe('Its rank in the list; null where it is not in it'),
    causes: z
      .array(
        z.object({
          code: z.enum([
            'unknown',
            'removed',
            'itself',
            'not_indexed',
            'filtered',
            'folded',
            'no_words',
            'below_min_score',
            'missed',
            'ranked_lower',
            'truncated',
          ]),
          message: z.string(),
        }),
      )
      .describe('Every cause that applies; empty where it is in the list'),
    meaning: z
      .object({
        rank: z.int().describe('By an exact scan of all that match the filter'),
        score: z.number(),
        kthScore: z.number().nullable().describe('Score of the last paper of so many as were asked for'),
        gap: z.number().nullable().describe('What it lacks to that'),
      })
      .nullable()
      .describe('Null where it has no vector, or meaning was not asked for'),
    words: z
      .object({ rank: z.int(), score: z.number() })
      .nullable()
      .describe('Null where it is not among the best 2,000 by words, or words were not asked for'),
  })
  .meta({ id: 'WhyNot', description: 'Why a paper is not in a list, and where it truly stands' });

export const listQuery = z.strictObject({
  limit: numberParam(z.int().min(1).max(200).default(20)).describe('Papers wanted, 1 to 200'),
  cursor: z.string().max(1_000).optional().describe('`nextCursor` of the page before'),
});
export const listSchema = z
  .object({ papers: z.array(paperSchema), nextCursor: z.string().nullable().describe('Null on the last page') })
  .meta({ id: 'PaperList', description: 'Papers, newest first' });

const MAX_IDS = 500;
export const batchGetBody = z
  .strictObject({ ids: z.array(paperIdSchema).min(1).max(MAX_IDS) })
  .meta({ examples: [{ ids: ['dp-0e9d231d5629', 'unknown'] }] });
export const batchGetSchema = z.object({ papers: z.array(paperSchema), missing: z.array(z.string()) });

export const waitQuery = z.strictObject({
  wait: flag(false).describe('Answer when the papers can be found, not only when they are stored'),
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
    texts: z.array(textSchema(50_000)).min(1).max(MAX_TEXTS),
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
    runtime: z
      .object({
        name: z.string().describe('native with the vector instructions in use, or onnxruntime'),
        notice: z.string().nullable().describe('Why not natively; null where it is'),
      })
      .describe('What computes the embeddings: the vectors are the same'),
    space: z.string(),
    generation: z.string().nullable(),
    index: z.object({
      kind: z.string(),
      count: z.int(),
      tombstones: z.int().describe('Places that removed and replaced papers still hold'),
      tombstoneRatio: z.number().describe('Share of all places, 0 to 1; a compaction starts by itself when it is high'),
      kept: z.int().describe('Papers whose nearest are kept ready: to ask for papers like one of them searches nothing'),
      sizeBytes: z.int(),
      efSearch: z.int().describe('Search width of the graph now'),
    }),
    textIndex: z
      .object({
        papers: z.int(),
        sizeBytes: z.int().describe('Memory that it takes'),
        current: z.boolean().describe('False while it is made or brought up to date: the database answers meanwhile'),
      })
      .nullable()
      .describe('The index in memory that answers searches by words; null where the database does'),
    recall: z
      .object({
        recallAt10: z.number().nullable().describe('Share of the ten nearest that the graph finds; null before the first sample'),
        interval: z.array(z.number()).length(2).nullable().describe('95 %, from and to'),
        samples: z.int().describe('Real queries in that figure: the latest at the present search width'),
        target: z.number().nullable().describe('What efSearch is adapted to; null: it is not'),
        efSearch: z.int(),
        failure: z.string().nullable().describe('Why the last sample could not be taken'),
      })
      .describe('What the graph misses, measured on sampled real queries'),
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
