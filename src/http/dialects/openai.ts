/** OpenAI's embeddings: https://platform.openai.com/docs/api-reference/embeddings. */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callerGone } from '../caller-gone.ts';
import { type Fault, sendReady } from '../fault.ts';
import type { Dialect, DialectOptions } from './dialect.ts';
import { embedInputs } from './embed-inputs.ts';

/** Theirs. */
const MAX_INPUTS = 2_048;
const MAX_TOKENS = 8_192;
const MAX_CHARACTERS = 50_000;

const text = z.string().min(1, 'must not be an empty text').max(MAX_CHARACTERS);
const tokenIds = z.array(z.int().min(0)).min(1).max(MAX_TOKENS);
const bodySchema = z
  .object({
    input: z
      .union(
        [text, z.array(text).min(1).max(MAX_INPUTS), tokenIds, z.array(tokenIds).min(1).max(MAX_INPUTS)],
        `must be a text of 1 to ${MAX_CHARACTERS} characters, a list of 1 to ${MAX_INPUTS} of them, token ids, or a list of lists of token ids`,
      )
      .describe("Texts, or ids of this service's own tokenizer"),
    model: z.string().max(200).optional().describe('Read and not used: there is one model, whose name is in the answer'),
    encoding_format: z.enum(['float', 'base64']).default('float').describe('base64 is of little-endian float32'),
    dimensions: z.int().min(1).optional().describe('The first so many components, made unit length again'),
    user: z.string().max(1_000).optional().describe('Read and not used'),
  })
  .meta({ examples: [{ input: 'exact diffusion inversion', model: 'paperkin-papers' }] });

const answerSchema = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int(),
        // Not read again on the way out: it may be a million numbers.
        embedding: z.unknown().meta({
          anyOf: [
            { type: 'array', items: { type: 'number' } },
            { type: 'string', contentEncoding: 'base64' },
          ],
        }),
      }),
    ),
    model: z.string(),
    usage: z.object({ prompt_tokens: z.int().describe('Tokens that the model read'), total_tokens: z.int() }),
  })
  .meta({ id: 'OpenAiEmbeddings', description: 'Vectors of unit length' });

const errorSchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'OpenAiError' });

const routes: FastifyPluginAsyncZod<DialectOptions> = async (app, { services: { embedder }, config }) => {
  app.post(
    '/v1/embeddings',
    {
      schema: {
        tags: ['openai'],
        summary: 'Embed texts or tokens',
        body: bodySchema,
        response: { 200: answerSchema, 400: errorSchema, 413: errorSchema, 415: errorSchema, 429: errorSchema, 503: errorSchema },
      },
      config: { queues: true },
    },
    async ({ body: { input, encoding_format: format, dimensions } }, reply) => {
      const inputs = inputsOf(input);
      const { vectors, tokensRead } = await embedInputs(embedder, inputs, {
        kind: 'passage',
        signal: callerGone(reply),
        processes: config.embedProcesses,
        dimensions,
      });
      return {
        object: 'list' as const,
        data: vectors.map((vector, index) => ({
          object: 'embedding' as const,
          index,
          embedding: format === 'base64' ? base64(vector) : Array.from(vector),
        })),
        model: embedder.model.name,
        usage: { prompt_tokens: tokensRead, total_tokens: tokensRead },
      };
    },
  );
};

function inputsOf(input: z.infer<typeof bodySchema>['input']): (string | number[])[] {
  if (typeof input === 'string') return [input];
  const [first] = input;
  return typeof first === 'number' ? [input as number[]] : (input as string[] | number[][]);
}

/** Typed arrays are little-endian on every machine that Node runs on but z/Architecture. */
function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function sendFault({ status, code, detail, issues }: Fault, reply: FastifyReply): FastifyReply {
  const isOverload = status === 429;
  const type = isOverload ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
  const error = {
    message: detail,
    type,
    param: issues?.[0]?.path.split('.')[0] || null,
    code: isOverload ? 'rate_limit_exceeded' : code === 'unauthorized' ? 'invalid_api_key' : null,
  };
  return sendReady(reply.code(status).type('application/json'), { error });
}

export const openai: Dialect = { name: 'openai', sendFault, parts: [{ prefix: '', routes }] };
