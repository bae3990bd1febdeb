/** What a job works with. The composition root makes it, so that jobs know no engine. */
import type { Readable } from 'node:stream';
import type { Embedder } from '../embed/embedder.ts';
import type { JobJson, JobReject } from '../papers/job-store.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';

export interface GenerationRef {
  id: string;
  space: string;
  /** Name or folder; unknown in generations written before they named it. */
  model: string | undefined;
}

export interface JobTools {
  store: PaperStore;
  /** Of the model that the folder is served with. */
  embedder(): Promise<Embedder>;
  /** Of any model, by name or folder; it stays open until the job's process ends. @throws AppError `invalid_input`. */
  embedderOf(model: string): Promise<Embedder>;
  /** The generation that is served, if there is one. */
  served(): Promise<GenerationRef | undefined>;
  /** The newest generation of another space than the one that is served. */
  previousSpace(): Promise<GenerationRef | undefined>;
  /** Builds a graph of every vector in the embedder's space, and writes it as a generation that is not yet served. */
  buildGeneration(embedder: Embedder, onProgress: (done: number) => Promise<void>): Promise<GenerationRef>;
  /** Serves a generation from now on, with its model. */
  switchTo(generation: GenerationRef): Promise<void>;
  /** Removes a generation that is not served. */
  drop(generation: GenerationRef): Promise<void>;
  /** A generation to ask; the caller closes it. */
  openGeneration(generation: GenerationRef): Promise<VectorIndex>;
  /** Folder of an evaluation, by name or absolute path. */
  evalFolder(name: string): string;
  /** Brings what was stored into the index of this process, where it has one. */
  catchUp(): Promise<void>;
  stdin: Readable;
}

/** One run of one job, as its kind sees it. */
export interface JobRun<P> extends JobTools {
  params: P;
  /** Where an earlier process left off; null at the beginning. */
  cursor: JobJson | null;
  signal: AbortSignal;
  /**
   * Tells how far the job is, and keeps `cursor`, from which another process would go on.
   * @throws the signal's reason when the job has been asked to stop.
   */
  note(progress: { step: string; done: number; total?: number | null }, cursor?: JobJson | null): Promise<void>;
  refuse(rejects: readonly JobReject[]): Promise<void>;
}
