/** The entry of an embedding process: one model, one encoder, answers until the parent goes. */
import { processChannel, serve } from '../rpc.ts';
import type { Embeddings, EmbedInput, EmbedKind, SpanEmbedding, SpannedText, Token } from './embedder.ts';
import type { Runtime } from './encoder.ts';
import { ModelEmbedder } from './model-embedder.ts';
import { type Chosen, openEncoder } from './open-encoder.ts';

/** What the parent may call. */
export interface EmbedService {
  runtime(): Promise<Runtime>;
  embed(inputs: readonly EmbedInput[], kind: EmbedKind): Promise<Embeddings>;
  embedSpans(texts: readonly SpannedText[], kind: EmbedKind): Promise<SpanEmbedding[]>;
  tokenize(texts: readonly string[], specialTokens: boolean): Promise<Token[][]>;
}

const [, , modelDir, choice] = process.argv;
if (modelDir === undefined || process.send === undefined) {
  throw new Error('embed-process is started by the service with the folder of a model');
}

const channel = processChannel(process);
channel.onClose(() => process.exit(0));
// The parent decides when to stop: a Ctrl-C at the terminal reaches the whole group.
process.on('SIGINT', () => undefined);

serve<EmbedService>(channel, async () => {
  // Written by the parent, which is this program.
  const chosen = choice === undefined ? undefined : (JSON.parse(choice) as Chosen);
  const embedder = await ModelEmbedder.open(modelDir, (dir, model) => openEncoder(dir, model, chosen));
  return {
    runtime: async () => embedder.runtime,
    embed: (inputs, kind) => embedder.embed(inputs, { kind }),
    embedSpans: (texts, kind) => embedder.embedSpans(texts, { kind }),
    tokenize: (texts, specialTokens) => embedder.tokenize(texts, { specialTokens }),
  };
});
