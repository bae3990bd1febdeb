/** What every contender of the embedding bench offers. Each lives in a process of its own: see `contender-process.ts`. */

export interface Contender {
  /** Keeps the texts that `run` embeds. */
  load(texts: readonly string[]): Promise<void>;
  /** Embeds the first `limit` texts, `batch` at once where the contender has batches. */
  run(options: RunOptions): Promise<void>;
  /** Milliseconds of each query, one after the other. */
  queryLatencies(queries: readonly string[], options: { busy: boolean }): Promise<number[]>;
  /** Tokens that the model reads of each loaded text. */
  tokenCounts(): Promise<number[]>;
  /** Cosine of each text's vector alone with its vector out of a padded batch of `batch` neighbours. */
  batchCosines(batch: number): Promise<number[]>;
  close(): Promise<void>;
}

export interface RunOptions {
  batch: number;
  /** Longest first, so that the texts of a batch are of one length. */
  sorted: boolean;
  limit: number;
}

/** Contenders in their own processes; `pool` takes its number of processes. */
export type ContenderKind = 'session' | 'pool' | 'pipeline' | 'pipeline-fp32' | 'successor' | 'raw';

/** For what a contender does not do. */
export async function notOffered(): Promise<never> {
  throw new Error('this contender does not offer that');
}
