/** The seam between texts and vectors. */
import type { Runtime } from './encoder.ts';
import type { ModelManifest } from './manifest.ts';

/** Some models embed a question and a text differently; the two are kept apart even where they are equal. */
export type EmbedKind = 'query' | 'passage';

/** An interactive text goes before every batch text that has not started. */
export type EmbedLane = 'interactive' | 'batch';

export interface EmbedOptions {
  kind: EmbedKind;
  /** Default `interactive`. */
  lane?: EmbedLane | undefined;
  /** A text that has not started when the signal fires is dropped. */
  signal?: AbortSignal | undefined;
}

export interface Embeddings {
  /** Row-major, texts.length * dim, each row of unit length. */
  vectors: Float32Array;
  /** Tokens that each text has, special tokens counted, before any cut. */
  tokenCounts: number[];
  /** True where a text was longer than the model reads and was embedded as far as it goes. */
  truncated: boolean[];
  /** Tokens of each text that stand for something the tokenizer has no piece for. */
  unknownCounts: number[];
}

/** Part of a text, UTF-16 code units from `start` up to `end`. */
export interface Span {
  start: number;
  end: number;
}

export interface SpannedText {
  text: string;
  /** In order, none over another; what lies between them belongs to none. */
  spans: readonly Span[];
}

/** A text's vector, and what each of its spans brought to it. */
export interface SpanEmbedding {
  /** Length dim, unit length: what `embed` gives for the text. */
  vector: Float32Array;
  /**
   * Row-major, spans.length * dim. With mean pooling a row is the sum of the span's token states, read in the whole text, on the
   * scale of `vector`: the rows and the special tokens add up to it. With another pooling it is the vector of the span by itself
   * times its share of the tokens.
   */
  parts: Float32Array;
  /** Tokens of each span that the model read: 0 where the text was cut before it. */
  tokenCounts: number[];
}

export interface Embedder {
  readonly model: ModelManifest;
  /** Fingerprint of everything that shapes a vector; two spaces never meet in one comparison. */
  readonly space: string;
  /**
   * @throws AppError `overloaded` when the interactive queue is full, `canceled` when the signal fired,
   * `embedding_failed` when the model cannot answer.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<Embeddings>;
  /** Which part of a vector comes from where: one run of the model a text with mean pooling, else one more a span. Throws as `embed`. */
  embedSpans(texts: readonly SpannedText[], options: EmbedOptions): Promise<SpanEmbedding[]>;
  close(): Promise<void>;
}

/** With its model loaded. */
export interface LoadedEmbedder extends Embedder {
  readonly runtime: Runtime;
}
