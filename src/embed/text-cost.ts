import type { EmbedInput } from './embedder.ts';

/** UTF-8 bytes of one token, about: 4 of Chinese, 5 of English for most models, more where the vocabulary is of the field. */
const BYTES_A_TOKEN = 5;
/** A run of the model, and the way to its process and back, take as long as so many tokens. */
const TOKENS_A_RUN = 16;

/**
 * What a text costs to embed, in tokens: estimated, for the tokenizer is in another process.
 * @param maxTokens what the model reads of a text.
 */
export function textCost(input: EmbedInput, maxTokens: number): number {
  const tokens = typeof input === 'string' ? Math.ceil(Buffer.byteLength(input) / BYTES_A_TOKEN) : input.length;
  return Math.min(tokens, maxTokens) + TOKENS_A_RUN;
}
