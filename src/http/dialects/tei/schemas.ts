/** The wire of this dialect: https://huggingface.github.io/text-embeddings-inference/. */
import { z } from 'zod';

/** Texts of one request; `/info` says it. */
export const MAX_CLIENT_BATCH = 64;
const MAX_CHARACTERS = 50_000;
const MAX_TOKENS = 16_384;
/** Longer lists are refused in their own way. */
const MAX_LIST = 10_000;

const text = z.string().max(MAX_CHARACTERS);
const input = z.union([text, z.array(z.int().min(0)).max(MAX_TOKENS)]);
const promptName = z.string().max(100).nullish().describe('`query` or `passage`, for models that read the two differently');
const truncation = {
  truncate: z
    .boolean()
    .nullish()
    .describe('`false` refuses what is longer than the model reads. Default: as `auto_truncate`, it is cut'),
  truncation_direction: z
    .string()
    .regex(/^(left|right)$/i, 'must be Left or Right')
    .default('Right')
    .describe('Which end of a longer text is cut off'),
  prompt_name: promptName,
};

export const embedBody = z
  .object({
    inputs: z
      .union(
        [input, z.array(input).max(MAX_LIST)],
        `must be a text of at most ${MAX_CHARACTERS} characters, token ids, or a list of either`,
      )
      .describe("A text, token ids of this service's own tokenizer, or a list of either"),
    normalize: z.boolean().default(true).describe('`false` is refused: vectors here are always of unit length'),
    dimensions: z.int().min(1).nullish().describe('The first so many components, made unit length again'),
    ...truncation,
  })
  .meta({ examples: [{ inputs: 'exact diffusion inversion' }] });
export type EmbedBody = z.infer<typeof embedBody>;

export const similarityBody = z
  .object({
    inputs: z.object({ source_sentence: text, sentences: z.array(text).max(MAX_LIST) }),
    parameters: z.object(truncation).nullish(),
  })
  .meta({
    examples: [{ inputs: { source_sentence: 'diffusion models', sentences: ['score-based generation', 'graph theory'] } }],
  });
export type SimilarityBody = z.infer<typeof similarityBody>;

/** `POST /` is the address of a model: what is asked shows in the inputs. */
export const eitherBody = z.union(
  [similarityBody, embedBody],
  'must have `inputs`: texts or tokens to embed, or a source_sentence and sentences to compare it with',
);

export const tokenizeBody = z
  .object({
    inputs: z.union(
      [text, z.array(text).max(MAX_LIST)],
      `must be a text of at most ${MAX_CHARACTERS} characters, or a list of them`,
    ),
    add_special_tokens: z.boolean().default(true),
    prompt_name: promptName,
  })
  .meta({ examples: [{ inputs: 'exact diffusion inversion' }] });

/** Not read again on the way out: it may be a hundred thousand numbers. */
const numbers = z.unknown().meta({ type: 'array', items: { type: 'number' } });
export const embedSchema = z.array(numbers).meta({ id: 'TeiEmbeddings', description: 'A vector for each input, of unit length' });
export const similaritySchema = z.array(z.number()).meta({ id: 'TeiSimilarities', description: 'A cosine for each sentence' });
export const tokenizeSchema = z
  .array(
    z.array(
      z.object({
        id: z.int(),
        text: z.string(),
        special: z.boolean(),
        start: z.int().nullable().describe('Unicode characters before it; null for special tokens'),
        stop: z.int().nullable(),
      }),
    ),
  )
  .meta({ id: 'TeiTokens' });

export const infoSchema = z
  .object({
    model_id: z.string(),
    model_sha: z.string().nullable(),
    model_dtype: z.string(),
    model_type: z.object({ embedding: z.object({ pooling: z.string() }) }),
    max_concurrent_requests: z.int().describe('Texts that may wait'),
    max_input_length: z.int().describe('Tokens'),
    max_batch_tokens: z.int(),
    max_batch_requests: z.int().nullable(),
    max_client_batch_size: z.int(),
    auto_truncate: z.boolean(),
    tokenization_workers: z.int(),
    version: z.string(),
    sha: z.string().nullable(),
    docker_label: z.string().nullable(),
  })
  .meta({ id: 'TeiInfo' });

export const healthSchema = { description: 'It can', content: { 'text/plain': { schema: z.literal('') } } };

export const ERROR_TYPES = ['unhealthy', 'backend', 'overloaded', 'validation', 'tokenizer', 'empty'] as const;
export const errorSchema = z.object({ error: z.string(), error_type: z.enum(ERROR_TYPES) }).meta({ id: 'TeiError' });
