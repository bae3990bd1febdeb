/** Finds BERT's encoder in a graph, whichever tool exported it, by what is computed and not by names. Anything else is refused. */
import type { EncoderParts, Layer, Norm } from './encoder-parts.ts';
import { evaluate } from './evaluate.ts';
import { matchAttention } from './match-attention.ts';
import { addendOf, type Embeddings, matchEmbeddings, wordsOf } from './match-embeddings.ts';
import { eitherWay, is, matchGelu, matchLinear, matchNorm, NoMatch, outputsOf } from './match-terms.ts';
import type { Graph } from './onnx-file.ts';
import type { Value } from './values.ts';

/** Lengths at which the graph is gone through: what is found must be the same. */
const TOKENS = [5, 11] as const;
const MOST_LAYERS = 256;

/**
 * @param outputs names of the output that holds the token states, else the first one does.
 * @param maxTokens longest text.
 * @throws Error that says what is in the way.
 */
export function matchEncoder(graph: Graph, outputs: readonly string[], maxTokens: number): EncoderParts {
  const [name = ''] = [...outputs.filter((known) => graph.outputs.includes(known)), ...graph.outputs];
  const [found, again] = TOKENS.map((tokens) => matchStates(evaluate(graph, name, tokens), tokens)) as [Found, Found];
  if (traits(found) !== traits(again)) throw new NoMatch('the graph is another one for texts of another length');
  const { embeddings, layers, heads, wordNorm } = found;
  const words = wordsOf(embeddings);
  return {
    hidden: embeddings.hidden,
    heads,
    inner: outputsOf((layers[0] as Layer).widen),
    vocabulary: words.weights.length / embeddings.hidden,
    maxTokens,
    words,
    addends: embeddings.addends.map((addend) => addendOf(addend, maxTokens)),
    wordNorm,
    layers,
  };
}

interface Found {
  embeddings: Embeddings;
  wordNorm: Norm;
  heads: number;
  /** At least one. */
  layers: Layer[];
}

function traits({ heads, layers }: Found): string {
  return [heads, ...layers.map(({ scales: { queries, keys, scores } }) => `${queries} ${keys} ${scores}`)].join();
}

function matchStates(output: Value, tokens: number): Found {
  const layers: Layer[] = [];
  let heads = 0;
  let states = output;
  for (;;) {
    const { input: sum, norm } = matchNorm(states);
    const embeddings = matchEmbeddings(sum, tokens);
    if (embeddings !== undefined && layers.length > 0) return { embeddings, wordNorm: norm, heads, layers };
    if (layers.length === MOST_LAYERS) throw new NoMatch(`the graph has over ${MOST_LAYERS} layers`);
    const forward = eitherWay(sum, (dense, attended) => {
      const narrow = matchLinear(dense);
      const widen = matchLinear(matchGelu(narrow.input));
      return is(widen.input, attended) ? { narrow: narrow.linear, widen: widen.linear, attended } : undefined;
    });
    const { input: attendedSum, norm: attendedNorm } = matchNorm(forward.attended);
    const around = eitherWay(attendedSum, (dense, before) => {
      const attended = matchLinear(dense);
      return { ...matchAttention(attended.input, before), attended: attended.linear, before };
    });
    if (heads !== 0 && heads !== around.heads) throw new NoMatch('the layers have different numbers of heads');
    heads = around.heads;
    const { narrow, widen } = forward;
    const { qkv, attended, scales } = around;
    layers.unshift({ qkv, attended, attendedNorm, widen, narrow, norm, scales });
    states = around.before;
  }
}
