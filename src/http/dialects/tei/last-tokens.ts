import type { Embedder, EmbedInput, EmbedKind } from '../../../embed/embedder.ts';

/** What is longer than the model reads, as its last tokens: the other end is cut off. */
export async function lastTokens(
  embedder: Embedder,
  inputs: readonly EmbedInput[],
  { kind, signal }: { kind: EmbedKind; signal: AbortSignal },
): Promise<EmbedInput[]> {
  const { maxTokens, queryPrefix, passagePrefix } = embedder.model;
  const prefix = kind === 'query' ? queryPrefix : passagePrefix;
  const texts = inputs.map((input) => (typeof input === 'string' ? input : ''));
  const [[around = []], cut] = await Promise.all([
    embedder.tokenize([prefix], { specialTokens: true, signal }),
    embedder.tokenize(texts, { specialTokens: false, signal }),
  ]);
  const room = Math.max(0, maxTokens - around.length);
  return inputs.map((input, i) => {
    const ids = typeof input === 'string' ? (cut[i] ?? []).map(({ id }) => id) : input;
    return ids.length <= room ? input : ids.slice(ids.length - room);
  });
}
