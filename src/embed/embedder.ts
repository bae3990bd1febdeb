/** The seam between texts and vectors. */
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

export interface Embedder {
  readonly model: ModelManifest;
  /** Fingerprint of everything that shapes a vector; two spaces never meet in one comparison. */
  readonly space: string;
  /**
   * @throws AppError `overloaded` when the interactive queue is full, `canceled` when the signal fired,
   * `embedding_failed` when the model cannot answer.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<Embeddings>;
  close(): Promise<void>;
}
