/** A BERT-like encoder as the native addon takes it. All typed arrays are row-major; widths are multiples of 16. */

export interface Norm {
  weight: Float32Array;
  bias: Float32Array;
  epsilon: number;
}

/** Some outputs of a linear layer: x W + bias. */
export interface LinearPart {
  outputs: number;
  /** inputs * outputs; int8 with a scale for each output. */
  weights: Int8Array | Float32Array;
  scales?: Float32Array | undefined;
  bias: Float32Array;
}

/** Outputs one part after the other, all with weights of one type. */
export type Linear = LinearPart[];

/** What queries, keys, and the products of both are multiplied with. */
export interface AttentionScales {
  queries: number;
  keys: number;
  scores: number;
}

export interface Layer {
  /** Queries, keys and values: 3 * hidden outputs. */
  qkv: Linear;
  attended: Linear;
  attendedNorm: Norm;
  widen: Linear;
  narrow: Linear;
  norm: Norm;
  scales: AttentionScales;
}

/** Word vectors, vocabulary * hidden; int8 stands for (value - zero) * scale, with one scale or one for each word. */
export interface Words {
  weights: Int8Array | Float32Array;
  scales?: Float32Array | undefined;
  zero?: number | undefined;
}

export interface EncoderParts {
  hidden: number;
  heads: number;
  /** Width of the feed-forward layers. */
  inner: number;
  vocabulary: number;
  maxTokens: number;
  words: Words;
  /** Added to the words one after the other: a row for each position, maxTokens * hidden, or one for all, hidden. At most two. */
  addends: Float32Array[];
  wordNorm: Norm;
  layers: Layer[];
}
