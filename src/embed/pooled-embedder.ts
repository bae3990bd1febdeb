/** `Embedder` over a pool of processes with two lanes: a query starts before every batch text that waits. */
import { AppError, messageOf } from '../errors.ts';
import { type EmbedProcess, startEmbedProcess } from './embed-process-handle.ts';
import type {
  Embeddings,
  EmbedInput,
  EmbedLane,
  EmbedOptions,
  LoadedEmbedder,
  SpanEmbedding,
  SpannedText,
  Token,
  TokenizeOptions,
} from './embedder.ts';
import type { Runtime } from './encoder.ts';
import { type ModelManifest, readModel, spaceOf } from './manifest.ts';
import { choiceOf } from './open-encoder.ts';

export interface PooledEmbedderOptions {
  /** Number of processes, each of one thread. */
  processes: number;
  /** While so many interactive texts wait, a call is refused as `overloaded`. */
  maxQueue: number;
  /** A process that does not answer a piece of work within it is replaced. Default a minute. */
  answerWithinMs?: number;
  /** The folder's manifest, where the caller has read and verified it already. */
  model?: ModelManifest;
}

/** Characters in one piece of work, about one abstract: what a query may have to wait for. */
const CHARACTERS_A_TASK = 2_000;
/** Of a word piece, about. */
const CHARACTERS_A_TOKEN = 5;
/** A text whose process dies is tried once more; a text that kills two is refused. */
const ATTEMPTS = 2;
/** Between the death of a process and the start of its successor. */
const RESTART_DELAY_MS = 500;

interface Task {
  /** Number of texts. */
  texts: number;
  lane: EmbedLane;
  signal: AbortSignal | undefined;
  attempts: number;
  /** Has the process do the work, and hands the answer to the caller. */
  run: (process: EmbedProcess) => Promise<void>;
  reject: (error: unknown) => void;
}

export class PooledEmbedder implements LoadedEmbedder {
  readonly model: ModelManifest;
  readonly space: string;
  readonly #modelDir: string;
  readonly #maxQueue: number;
  readonly #answerWithinMs: number | undefined;
  readonly #idle: EmbedProcess[] = [];
  readonly #processes = new Set<EmbedProcess>();
  readonly #lanes: Record<EmbedLane, Task[]> = { interactive: [], batch: [] };
  /** Processes on their way; each settles without an error. */
  readonly #starting = new Set<Promise<void>>();
  /** As the first process has chosen; all others do the same. */
  #runtime: Runtime | undefined;
  #closed = false;

  private constructor(modelDir: string, model: ModelManifest, { maxQueue, answerWithinMs }: PooledEmbedderOptions) {
    this.#modelDir = modelDir;
    this.model = model;
    this.space = spaceOf(model);
    this.#maxQueue = maxQueue;
    this.#answerWithinMs = answerWithinMs;
  }

  /** Ready to answer when it resolves: one process has embedded a first text. The others start behind it. */
  static async open(modelDir: string, options: PooledEmbedderOptions): Promise<PooledEmbedder> {
    const embedder = new PooledEmbedder(modelDir, options.model ?? (await readModel(modelDir)), options);
    try {
      await embedder.#start();
    } catch (error) {
      await embedder.close();
      throw error;
    }
    for (let i = 1; i < options.processes; i++) void embedder.#startBehind();
    return embedder;
  }

  get runtime(): Runtime {
    if (this.#runtime === undefined) throw new AppError('not_ready', 'no embedding process has started');
    return this.#runtime;
  }

  async embed(inputs: readonly EmbedInput[], options: EmbedOptions): Promise<Embeddings> {
    const pieces = split(inputs, (input) => (typeof input === 'string' ? input.length : input.length * CHARACTERS_A_TOKEN));
    const asked = performance.now();
    const work = async (process: EmbedProcess, piece: EmbedInput[]): Promise<Embeddings> => {
      const queue = performance.now() - asked;
      const embeddings = await process.embed(piece, options.kind);
      return { ...embeddings, tookMs: { ...embeddings.tookMs, queue } };
    };
    return join(await this.#run(pieces, work, options), this.model.dim);
  }

  async embedSpans(texts: readonly SpannedText[], options: EmbedOptions): Promise<SpanEmbedding[]> {
    const pieces = split(texts, ({ text }) => text.length);
    return (await this.#run(pieces, (process, piece) => process.embedSpans(piece, options.kind), options)).flat();
  }

  async tokenize(texts: readonly string[], { specialTokens, signal }: TokenizeOptions): Promise<Token[][]> {
    const pieces = split(texts, (text) => text.length);
    return (await this.#run(pieces, (process, piece) => process.tokenize(piece, specialTokens), { signal })).flat();
  }

  /** One answer for each piece of work, which may come from different processes. */
  async #run<T, A>(
    pieces: readonly T[][],
    work: (process: EmbedProcess, piece: T[]) => Promise<A>,
    { lane = 'interactive', signal }: Pick<EmbedOptions, 'lane' | 'signal'>,
  ): Promise<A[]> {
    if (this.#closed) throw new AppError('not_ready', 'the embedder is closed');
    if (lane === 'interactive' && this.#waitingTexts >= this.#maxQueue) {
      throw new AppError('overloaded', `${this.#waitingTexts} texts are waiting, the limit is ${this.#maxQueue}: try again`, {
        retryAfterS: 1,
      });
    }
    const answers = pieces.map(
      (piece) =>
        new Promise<A>((resolve, reject) => {
          const run = async (process: EmbedProcess) => resolve(await work(process, piece));
          this.#lanes[lane].push({ texts: piece.length, lane, signal, attempts: 0, run, reject });
        }),
    );
    this.#dispatch();
    return Promise.all(answers);
  }

  /** Interactive texts that no process has begun. */
  get #waitingTexts(): number {
    return this.#lanes.interactive.reduce((sum, task) => sum + task.texts, 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rejectWaiting(new AppError('canceled', 'the embedder was closed'));
    await Promise.all([...this.#starting, ...[...this.#processes].map((process) => process.stop())]);
  }

  async #start(): Promise<void> {
    const chosen = this.#runtime === undefined ? undefined : choiceOf(this);
    const process = await startEmbedProcess(this.#modelDir, { answerWithinMs: this.#answerWithinMs, chosen });
    if (this.#closed) return process.stop();
    this.#runtime ??= process.runtime;
    this.#processes.add(process);
    this.#idle.push(process);
    void process.ended.then(() => this.#lost(process));
    this.#dispatch();
  }

  #lost(process: EmbedProcess): void {
    this.#processes.delete(process);
    const place = this.#idle.indexOf(process);
    if (place >= 0) this.#idle.splice(place, 1);
    if (!this.#closed) setTimeout(() => void this.#startBehind(), RESTART_DELAY_MS);
  }

  #rejectWaiting(error: unknown): void {
    for (const task of [...this.#lanes.interactive.splice(0), ...this.#lanes.batch.splice(0)]) task.reject(error);
  }

  #dispatch(): void {
    while (this.#idle.length > 0) {
      const task = this.#lanes.interactive.shift() ?? this.#lanes.batch.shift();
      if (task === undefined) return;
      if (task.signal?.aborted === true) {
        task.reject(new AppError('canceled', 'the caller gave up before the text was embedded'));
        continue;
      }
      const process = this.#idle.pop();
      if (process !== undefined) void this.#runOn(process, task);
    }
  }

  async #runOn(process: EmbedProcess, task: Task): Promise<void> {
    task.attempts++;
    try {
      await task.run(process);
    } catch (error) {
      if (process.alive || this.#closed) task.reject(error);
      else if (task.attempts < ATTEMPTS) this.#lanes[task.lane].unshift(task);
      else
        task.reject(
          new AppError('embedding_failed', 'the embedding process died or hung twice on this text', {
            retryAfterS: 1,
            cause: error,
          }),
        );
    }
    if (process.alive) this.#idle.push(process);
    this.#dispatch();
  }

  /** Starts a process behind the open pool, and tries again until one comes. */
  async #startBehind(): Promise<void> {
    if (this.#closed) return;
    const starting = this.#start();
    const settled = starting.catch(() => undefined);
    this.#starting.add(settled);
    try {
      await starting;
    } catch (error) {
      // Without any process nothing would ever be answered: say so now, and go on trying.
      if (this.#processes.size === 0) {
        this.#rejectWaiting(
          new AppError('embedding_failed', `no embedding process starts: ${messageOf(error)}`, { retryAfterS: 1, cause: error }),
        );
      }
      setTimeout(() => void this.#startBehind(), RESTART_DELAY_MS);
    } finally {
      this.#starting.delete(settled);
    }
  }
}

/** Neighbouring texts together until a piece is full. */
function split<T>(texts: readonly T[], lengthOf: (text: T) => number): T[][] {
  const pieces: T[][] = [];
  let room = 0;
  for (const text of texts) {
    const last = pieces.at(-1);
    const length = lengthOf(text);
    if (last === undefined || length > room) {
      pieces.push([text]);
      room = CHARACTERS_A_TASK - length;
    } else {
      last.push(text);
      room -= length;
    }
  }
  return pieces;
}

function join(pieces: readonly Embeddings[], dim: number): Embeddings {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const rows = pieces.reduce((sum, piece) => sum + piece.tokenCounts.length, 0);
  const vectors = new Float32Array(rows * dim);
  let row = 0;
  for (const piece of pieces) {
    vectors.set(piece.vectors, row * dim);
    row += piece.tokenCounts.length;
  }
  return {
    vectors,
    tokenCounts: pieces.flatMap((piece) => piece.tokenCounts),
    truncated: pieces.flatMap((piece) => piece.truncated),
    unknownCounts: pieces.flatMap((piece) => piece.unknownCounts),
    tookMs: {
      queue: Math.max(0, ...pieces.map(({ tookMs }) => tookMs.queue)),
      tokenize: pieces.reduce((sum, { tookMs }) => sum + tookMs.tokenize, 0),
      infer: pieces.reduce((sum, { tookMs }) => sum + tookMs.infer, 0),
    },
  };
}
