/** `Embedder` over a pool of processes with two lanes: what somebody waits for starts before every batch text that waits. */
import { AppError, givenUp, messageOf, throwIfGivenUp } from '../errors.ts';
import { traced } from '../tracing.ts';
import { type EmbedProcess, startEmbedProcess } from './embed-process-handle.ts';
import type {
  EmbedderPool,
  Embeddings,
  EmbedInput,
  EmbedLane,
  EmbedOptions,
  EmbedTimings,
  EmbedWork,
  LaneLoad,
  SpanEmbedding,
  SpannedText,
  Token,
  TokenizeOptions,
} from './embedder.ts';
import type { Runtime } from './encoder.ts';
import { type Call, Lanes, type Piece } from './lanes.ts';
import { type ModelManifest, readModel, spaceOf } from './manifest.ts';
import { choiceOf } from './open-encoder.ts';
import { joinEmbeddings, splitInputs } from './pieces.ts';
import { textCost } from './text-cost.ts';

export interface PooledEmbedderOptions {
  /** Number of processes, each of one thread. */
  processes: number;
  /** Tokens that may wait in the interactive lane before a call is refused as `overloaded`; eight times as many for lists. */
  maxWaitingTokens: number;
  /** A process that does not answer a piece of work within it is replaced. Default a minute. */
  answerWithinMs?: number;
  /** The folder's manifest, where the caller has read and verified it already. */
  model?: ModelManifest;
  /** Told of each piece of work that was done. */
  onWork?: ((work: EmbedWork) => void) | undefined;
}

/** Of a word piece, about. */
const CHARACTERS_A_TOKEN = 5;
/** A text whose process dies is tried once more; a text that kills two is refused. */
const ATTEMPTS = 2;
/** Between the death of a process and the start of its successor. */
const RESTART_DELAY_MS = 500;
/** Of one process, before it is known: an old core. */
const FIRST_TOKENS_A_SECOND = 5_000;

/** What a process answers a piece of work with, and where its time went. */
interface Done<A> {
  answer: A;
  tokens: number;
  tookMs: Omit<EmbedTimings, 'queue'>;
}

interface Work<T, A> {
  costOf: (input: T) => number;
  do: (process: EmbedProcess, inputs: T[]) => Promise<Done<A>>;
}

interface Answered<A> {
  answer: A;
  tookMs: EmbedTimings;
}

export class PooledEmbedder implements EmbedderPool {
  readonly model: ModelManifest;
  readonly space: string;
  readonly #modelDir: string;
  readonly #answerWithinMs: number | undefined;
  readonly #onWork: (work: EmbedWork) => void;
  readonly #idle: EmbedProcess[] = [];
  readonly #processes = new Set<EmbedProcess>();
  readonly #lanes: Lanes;
  /** Of one process, lately. */
  #tokensASecond = FIRST_TOKENS_A_SECOND;
  /** Processes on their way; each settles without an error. */
  readonly #starting = new Set<Promise<void>>();
  /** As the first process has chosen; all others do the same. */
  #runtime: Runtime | undefined;
  #closed = false;

  private constructor(modelDir: string, model: ModelManifest, options: PooledEmbedderOptions) {
    this.#modelDir = modelDir;
    this.model = model;
    this.space = spaceOf(model);
    this.#lanes = new Lanes(options.maxWaitingTokens);
    this.#answerWithinMs = options.answerWithinMs;
    this.#onWork = options.onWork ?? (() => undefined);
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

  get waiting(): Record<EmbedLane, LaneLoad> {
    return { interactive: this.#lanes.load('interactive'), batch: this.#lanes.load('batch') };
  }

  get pids(): number[] {
    return [...this.#processes].map(({ pid }) => pid);
  }

  async embed(inputs: readonly EmbedInput[], options: EmbedOptions): Promise<Embeddings> {
    const { dim, maxTokens } = this.model;
    const pieces = splitInputs(inputs, (input) => (typeof input === 'string' ? input.length : input.length * CHARACTERS_A_TOKEN));
    const work: Work<EmbedInput, Embeddings> = {
      costOf: (input) => textCost(input, maxTokens),
      do: async (process, piece) => {
        const answer = await process.embed(piece, options.kind);
        const tokens = answer.tokenCounts.reduce((sum, count) => sum + Math.min(count, maxTokens), 0);
        return { answer, tokens, tookMs: answer.tookMs };
      },
    };
    const done = await this.#run(pieces, work, options);
    return joinEmbeddings(
      done.map(({ answer, tookMs }) => ({ ...answer, tookMs })),
      dim,
    );
  }

  async embedSpans(texts: readonly SpannedText[], options: EmbedOptions): Promise<SpanEmbedding[]> {
    const pieces = splitInputs(texts, ({ text }) => text.length);
    const costOf = ({ text }: SpannedText) => textCost(text, this.model.maxTokens);
    const work: Work<SpannedText, SpanEmbedding[]> = {
      costOf,
      do: async (process, piece) => {
        const start = performance.now();
        const answer = await process.embedSpans(piece, options.kind);
        return { answer, tokens: sum(piece, costOf), tookMs: { tokenize: 0, infer: performance.now() - start } };
      },
    };
    return (await this.#run(pieces, work, options)).flatMap(({ answer }) => answer);
  }

  async tokenize(texts: readonly string[], { specialTokens, signal }: TokenizeOptions): Promise<Token[][]> {
    const pieces = splitInputs(texts, (text) => text.length);
    const work: Work<string, Token[][]> = {
      costOf: (text) => textCost(text, this.model.maxTokens),
      do: async (process, piece) => {
        const start = performance.now();
        const answer = await process.tokenize(piece, specialTokens);
        return { answer, tokens: 0, tookMs: { tokenize: performance.now() - start, infer: 0 } };
      },
    };
    return (await this.#run(pieces, work, { signal })).flatMap(({ answer }) => answer);
  }

  /** One answer for each piece of work, in order; they may come from different processes. */
  async #run<T, A>(
    pieces: readonly T[][],
    work: Work<T, A>,
    { lane: asked, signal }: Pick<EmbedOptions, 'lane' | 'signal'>,
  ): Promise<Answered<A>[]> {
    if (this.#closed) throw new AppError('not_ready', 'the embedder is closed');
    throwIfGivenUp(signal);
    if (pieces.length === 0) return [];
    const lane = asked ?? (pieces.length === 1 ? 'interactive' : 'batch');
    const costs = pieces.map((inputs) => sum(inputs, work.costOf));
    const tokens = sum(costs, (cost) => cost);
    // Whoever asks for the batch lane by name sends one list after the other and waits for each.
    if (asked !== 'batch') {
      this.#lanes.requireRoom(lane, tokens, this.#tokensASecond * Math.max(1, this.#processes.size));
    }
    const texts = sum(pieces, ({ length }) => length);
    return traced('embed', { lane, texts, tokens }, () => {
      const start = performance.now();
      return this.#answersOf(lane, signal, pieces.length, (i) => {
        const inputs = pieces[i] ?? [];
        const cost = costs[i] ?? 0;
        const run = async (process: EmbedProcess): Promise<Answered<A>> => {
          const begun = performance.now();
          const done = await work.do(process, inputs);
          this.#learn(cost, performance.now() - begun);
          const tookMs = { queue: begun - start, tokenize: done.tookMs.tokenize, infer: done.tookMs.infer };
          this.#onWork({ lane, texts: inputs.length, tokens: done.tokens, tookMs });
          return { answer: done.answer, tookMs };
        };
        return { texts: inputs.length, tokens: cost, run };
      });
    });
  }

  /** Lets the pieces of one call wait for processes, until all have their answers, one fails or the signal fires. */
  #answersOf<R>(
    lane: EmbedLane,
    signal: AbortSignal | undefined,
    count: number,
    pieceOf: (i: number) => LaneLoad & { run: (process: EmbedProcess) => Promise<R> },
  ): Promise<R[]> {
    return new Promise((resolve, reject) => {
      const answers: R[] = [];
      let missing = count;
      const leave = () => {
        call.isOver = true;
        signal?.removeEventListener('abort', giveUp);
      };
      const call: Call = {
        lane,
        pieces: [],
        isOver: false,
        reject: (error) => {
          leave();
          this.#lanes.drop(call);
          reject(error);
        },
      };
      const giveUp = () => signal !== undefined && call.reject(givenUp(signal));
      signal?.addEventListener('abort', giveUp, { once: true });
      for (let i = 0; i < count; i++) {
        const { run, ...load } = pieceOf(i);
        const answer = async (process: EmbedProcess) => {
          answers[i] = await run(process);
          missing--;
          if (missing > 0) return;
          leave();
          resolve(answers);
        };
        call.pieces.push({ ...load, call, attempts: 0, run: answer });
      }
      this.#lanes.add(call);
      this.#dispatch();
    });
  }

  #learn(tokens: number, ms: number): void {
    const measured = (tokens / Math.max(ms, 0.01)) * 1_000;
    this.#tokensASecond += 0.05 * (measured - this.#tokensASecond);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#lanes.rejectAll(new AppError('canceled', 'the embedder was closed'));
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

  #dispatch(): void {
    while (this.#idle.length > 0) {
      const piece = this.#lanes.next();
      if (piece === undefined) return;
      const process = this.#idle.pop();
      if (process !== undefined) void this.#runOn(process, piece);
    }
  }

  async #runOn(process: EmbedProcess, piece: Piece): Promise<void> {
    const { call } = piece;
    piece.attempts++;
    try {
      await piece.run(process);
    } catch (error) {
      if (process.alive || this.#closed) call.reject(error);
      else if (piece.attempts < ATTEMPTS) this.#lanes.putBack(piece);
      else
        call.reject(
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
        this.#lanes.rejectAll(
          new AppError('embedding_failed', `no embedding process starts: ${messageOf(error)}`, { retryAfterS: 1, cause: error }),
        );
      }
      setTimeout(() => void this.#startBehind(), RESTART_DELAY_MS);
    } finally {
      this.#starting.delete(settled);
    }
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
