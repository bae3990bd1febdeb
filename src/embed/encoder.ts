/** The seam between tokens and vectors: what runs a model's graph. */

/** Which code runs the graph, and why it is not the faster one; both are shown by `/v1/info`. */
export interface Runtime {
  /** `native` with the instructions it uses, or `onnxruntime`. */
  name: string;
  /** Null where the native encoder runs. */
  notice: string | null;
}

/** One text that was encoded. */
export interface Encoding {
  /** Length of the vector before it was made 1. */
  norm: number;
  /** Token states, row-major, tokens * dim. To be read before the next text is encoded. */
  states(): Float32Array;
}

export interface Encoder {
  readonly runtime: Runtime;
  /**
   * @param ids of a whole text, special tokens included; at most as many as the model reads.
   * @param to where its vector of unit length goes, length dim.
   * @throws AppError `embedding_failed`, `model_invalid`.
   */
  encode(ids: readonly number[], to: Float32Array): Promise<Encoding>;
}
