/** Text Embeddings Inference with the model that is served here: https://huggingface.github.io/text-embeddings-inference/. */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { EmbedInput, EmbedKind } from '../../../embed/embedder.ts';
import { callerGone } from '../../caller-gone.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { type EmbeddedInputs, embedInputs } from '../embed-inputs.ts';
import { lastTokens } from './last-tokens.ts';
import { type Refusal, refusalOfInputs, refuse, sendFault } from './refusals.ts';
import {
  type EmbedBody,
  eitherBody,
  embedBody,
  embedSchema,
  errorSchema,
  healthSchema,
  infoSchema,
  MAX_CLIENT_BATCH,
  type SimilarityBody,
  similarityBody,
  similaritySchema,
  tokenizeBody,
  tokenizeSchema,
} from './schemas.ts';
import { wireTokens } from './wire-tokens.ts';

const tags = ['tei'];
const DTYPES = { fp32: 'float32', fp16: 'float16', int8: 'int8' } as const;
const faults = {
  400: errorSchema,
  413: errorSchema,
  415: errorSchema,
  422: errorSchema,
  424: errorSchema,
  429: errorSchema,
  503: errorSchema,
};

const routes: FastifyPluginAsyncZod<DialectOptions> = async (app, { services, config }) => {
  const { embedder, store, index, version } = services;

  /** The vectors, with the headers set that say what they took; or why there are none. */
  async function embedAll(
    inputs: readonly EmbedInput[],
    asked: Pick<EmbedBody, 'truncate' | 'truncation_direction' | 'prompt_name' | 'dimensions'>,
    reply: FastifyReply,
  ): Promise<EmbeddedInputs | Refusal> {
    const start = performance.now();
    const kind = kindOf(asked.prompt_name);
    const refusal = refusalOfInputs(inputs);
    if (refusal !== undefined) return refusal;
    if (kind === undefined) return unknownPrompt(asked.prompt_name);
    const signal = callerGone(reply);
    const isLeft = /^left$/i.test(asked.truncation_direction) && asked.truncate !== false;
    const read = isLeft ? await lastTokens(embedder, inputs, { kind, signal }) : inputs;
    const embedded = await embedInputs(embedder, read, {
      kind,
      signal,
      processes: config.embedProcesses,
      dimensions: asked.dimensions ?? undefined,
    });
    const longest = Math.max(...embedded.tokenCounts);
    const { maxTokens } = embedder.model;
    if (asked.truncate === false && longest > maxTokens) {
      return { type: 'validation', message: `\`inputs\` must have less than ${maxTokens} tokens. Given: ${longest}` };
    }
    reply.headers(timings(inputs, embedded, performance.now() - start));
    return embedded;
  }

  async function embed(body: EmbedBody, reply: FastifyReply) {
    if (!body.normalize) {
      return refuse(reply, { type: 'validation', message: 'vectors here are always of unit length: leave `normalize` out' });
    }
    const embedded = await embedAll(inputsOf(body.inputs), body, reply);
    return 'type' in embedded ? refuse(reply, embedded) : embedded.vectors.map((vector) => Array.from(vector));
  }

  async function similarity({ inputs, parameters }: SimilarityBody, reply: FastifyReply) {
    const { source_sentence: source, sentences } = inputs;
    if (sentences.length === 0) return refuse(reply, { type: 'empty', message: '`inputs.sentences` cannot be empty' });
    const embedded = await embedAll([source, ...sentences], { truncation_direction: 'Right', ...parameters }, reply);
    if ('type' in embedded) return refuse(reply, embedded);
    const [asked = new Float32Array(0), ...others] = embedded.vectors;
    return others.map((other) => other.reduce((sum, value, i) => sum + value * (asked[i] ?? 0), 0));
  }

  app.post(
    '/embed',
    {
      schema: { tags, summary: 'Embed texts or tokens', body: embedBody, response: { 200: embedSchema, ...faults } },
      config: { queues: true },
    },
    ({ body }, reply) => embed(body, reply),
  );

  app.post(
    '/similarity',
    {
      schema: {
        tags,
        summary: 'How like a text others are',
        body: similarityBody,
        response: { 200: similaritySchema, ...faults },
      },
      config: { queues: true },
    },
    ({ body }, reply) => similarity(body, reply),
  );

  // Where clients send both that know of a model by its address alone.
  app.post(
    '/',
    {
      schema: { hide: true, body: eitherBody, response: { 200: z.union([embedSchema, similaritySchema]), ...faults } },
      config: { queues: true },
    },
    ({ body }, reply) =>
      typeof body.inputs === 'object' && 'sentences' in body.inputs
        ? similarity(body as SimilarityBody, reply)
        : embed(body as EmbedBody, reply),
  );

  app.post(
    '/tokenize',
    {
      schema: { tags, summary: 'Cut texts into tokens', body: tokenizeBody, response: { 200: tokenizeSchema, ...faults } },
      config: { queues: true },
    },
    async ({ body: { inputs, add_special_tokens: specialTokens, prompt_name: promptName } }, reply) => {
      const given = typeof inputs === 'string' ? [inputs] : inputs;
      const refusal = given.length === 0 || given.length > MAX_CLIENT_BATCH ? refusalOfInputs(given) : undefined;
      if (refusal !== undefined) return refuse(reply, refusal);
      const kind = kindOf(promptName);
      if (kind === undefined) return refuse(reply, unknownPrompt(promptName));
      const { queryPrefix, passagePrefix } = embedder.model;
      // As they do: without a prompt the text alone is cut.
      const prefix = promptName == null ? '' : kind === 'query' ? queryPrefix : passagePrefix;
      const texts = given.map((text) => prefix + text);
      const tokens = await embedder.tokenize(texts, { specialTokens, signal: callerGone(reply) });
      return texts.map((text, i) => wireTokens(text, tokens[i] ?? []));
    },
  );

  app.get('/info', { schema: { tags, summary: 'The model that is served', response: { 200: infoSchema } } }, async () => {
    const { name, precision, pooling, maxTokens } = embedder.model;
    return {
      model_id: name,
      model_sha: null,
      model_dtype: DTYPES[precision],
      model_type: { embedding: { pooling } },
      // What waits is counted in tokens: of texts as long as the model reads.
      max_concurrent_requests: Math.max(1, Math.floor(config.embedQueueTokens / maxTokens)),
      max_input_length: maxTokens,
      // A text a run.
      max_batch_tokens: maxTokens,
      max_batch_requests: 1,
      max_client_batch_size: MAX_CLIENT_BATCH,
      auto_truncate: true,
      tokenization_workers: config.embedProcesses,
      version,
      sha: null,
      docker_label: null,
    };
  });

  app.get(
    '/health',
    {
      schema: { tags, summary: 'Can it answer', response: { 200: healthSchema, 503: errorSchema } },
      config: { scope: 'open' },
      logLevel: 'warn',
    },
    async (_request, reply) => {
      await Promise.all([store.revision(), index.status()]);
      return reply.type('text/plain').send('');
    },
  );
};

function inputsOf(inputs: EmbedBody['inputs']): EmbedInput[] {
  if (typeof inputs === 'string') return [inputs];
  const [first] = inputs;
  return typeof first === 'number' ? [inputs as number[]] : (inputs as EmbedInput[]);
}

/** Undefined for a prompt that nobody knows. */
function kindOf(promptName: string | null | undefined): EmbedKind | undefined {
  if (promptName == null || promptName === 'passage' || promptName === 'document') return 'passage';
  return promptName === 'query' ? 'query' : undefined;
}

function unknownPrompt(name: string | null | undefined): Refusal {
  return { type: 'validation', message: `\`prompt_name\` "${name}" is not known: use "query" or "passage"` };
}

/** Whole milliseconds, as theirs: of a list those of one input on average, but for the wait. */
function timings(inputs: readonly EmbedInput[], { tokensRead, tookMs }: EmbeddedInputs, totalMs: number): Record<string, string> {
  const characters = inputs.reduce((sum, input) => sum + (typeof input === 'string' ? [...input].length : input.length), 0);
  const ms = (time: number) => String(Math.round(time));
  return {
    'x-compute-type': 'cpu',
    'x-compute-time': ms(totalMs),
    'x-compute-characters': String(characters),
    'x-compute-tokens': String(tokensRead),
    'x-total-time': ms(totalMs),
    'x-tokenization-time': ms(tookMs.tokenize / inputs.length),
    'x-queue-time': ms(tookMs.queue),
    'x-inference-time': ms(tookMs.infer / inputs.length),
  };
}

export const tei: Dialect = { name: 'tei', sendFault, parts: [{ prefix: '', routes }] };
