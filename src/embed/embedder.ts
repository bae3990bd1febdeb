/** The seam between texts and vectors. */
import type { Runtime } from './encoder.ts';
import type { ModelManifest } from './manifest.ts';

/** Some models embed a question and a text differently; the two are kept apart even where they are equal. */
export type EmbedKind = 'query' | 'passage';

/** Interactive work goes before every batch that has not started; calls of one lane take turns. */
export type EmbedLane = 'interactive' | 'batch';

export interface EmbedOptions {
  kind: EmbedKind;
  /**
   * Default by size: about one abstract is interactive, a longer list is a batch. Asked for by name, `batch` is for work that sends
   * list after list and waits for each: it is never refused.
   */
  lane?: EmbedLane | undefined;
  /** When it fires the call ends at once, with the signal's reason where that is an `AppError`; texts that have not started are dropped. */
  signal?: AbortSignal | undefined;
}

/** A text, or one that is tokens already: ids of the model's own tokenizer, the special ones at both ends or not. */
export type EmbedInput = string | readonly number[];

/** Where the time of a call went, ms. */
export interface EmbedTimings {
  /** The longest that a piece of it waited for a process. */
  queue: number;
  /** Sums over all texts: pieces are worked on beside each other. */
  tokenize: number;
  infer: number;
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
  tookMs: EmbedTimings;
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

/** A piece of a text as the model's tokenizer cuts it. */
export interface Token {
  id: number;
  /** As the vocabulary has it: with the sign of a continued word, `##ing`. */
  piece: string;
  /** Put there by the tokenizer, not in the text. */
  special: boolean;
  /** Where it lies in the text; null for a special token, and where the tokenizer's changes to the text cannot be followed. */
  span: Span | null;
}

export interface TokenizeOptions {
  /** The ones that the model reads around every text too. */
  specialTokens: boolean;
  signal?: AbortSignal | undefined;
}

export interface Embedder {
  readonly model: ModelManifest;
  /** Fingerprint of everything that shapes a vector; two spaces never meet in one comparison. */
  readonly space: string;
  /**
   * @throws AppError `overloaded` when too much waits in its lane, `canceled` when the signal fired,
   * `embedding_failed` when the model cannot answer, `invalid_input` for the id of no token.
   */
  embed(inputs: readonly EmbedInput[], options: EmbedOptions): Promise<Embeddings>;
  /** Which part of a vector comes from where: one run of the model a text with mean pooling, else one more a span. Throws as `embed`. */
  embedSpans(texts: readonly SpannedText[], options: EmbedOptions): Promise<SpanEmbedding[]>;
  /** Every token of each text, also beyond what the model reads; without a query's or passage's prefix. Throws as `embed`. */
  tokenize(texts: readonly string[], options: TokenizeOptions): Promise<Token[][]>;
  close(): Promise<void>;
}

/** With its model loaded. */
export interface LoadedEmbedder extends Embedder {
  readonly runtime: Runtime;
}

export interface LaneLoad {
  texts: number;
  /** About. */
  tokens: number;
}

/** A piece of work as it was done: some texts of one call, by one process. */
export interface EmbedWork {
  lane: EmbedLane;
  texts: number;
  /** Read by the model, about. */
  tokens: number;
  tookMs: EmbedTimings;
}

/** An embedder with processes of its own, as its operator sees it. */
export interface EmbedderPool extends LoadedEmbedder {
  /** What waits in each lane. */
  readonly waiting: Readonly<Record<EmbedLane, LaneLoad>>;
  /** Pids of the processes that embed. */
  readonly pids: readonly number[];
}
