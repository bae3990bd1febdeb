/**
 * What waits for an embedding process: two lanes, counted in tokens. What somebody waits for goes before every batch; calls of one
 * lane take turns, a piece each, so that a long list does not hold up the call behind it.
 */
import { AppError } from '../errors.ts';
import type { EmbedProcess } from './embed-process-handle.ts';
import type { EmbedLane, LaneLoad } from './embedder.ts';

/** What one process works on at a time: part of a call. */
export interface Piece extends LaneLoad {
  call: Call;
  attempts: number;
  /** Has the process do the work, and hands the answer to the caller. */
  run: (process: EmbedProcess) => Promise<void>;
}

export interface Call {
  readonly lane: EmbedLane;
  /** Those that no process has begun. */
  readonly pieces: Piece[];
  /** True when nobody waits for it any more. */
  isOver: boolean;
  /** Fails the whole call; a second time it does nothing. */
  reject: (error: unknown) => void;
}

const LANES: readonly EmbedLane[] = ['interactive', 'batch'];
/** A list takes longer and is waited for with more patience: so many times the tokens may wait in the batch lane. */
const BATCH_SHARE = 8;
const LONGEST_RETRY_S = 60;

export class Lanes {
  readonly #limits: Record<EmbedLane, number>;
  readonly #calls: Record<EmbedLane, Call[]> = { interactive: [], batch: [] };

  /** @param maxTokens that may wait in the interactive lane. */
  constructor(maxTokens: number) {
    this.#limits = { interactive: maxTokens, batch: maxTokens * BATCH_SHARE };
  }

  /** What no process has begun. */
  load(lane: EmbedLane): LaneLoad {
    const pieces = this.#calls[lane].flatMap((call) => call.pieces);
    return {
      texts: pieces.reduce((sum, { texts }) => sum + texts, 0),
      tokens: pieces.reduce((sum, { tokens }) => sum + tokens, 0),
    };
  }

  /**
   * Whether a call may wait, whole. One that alone is over the limit may when its lane is empty.
   * @param tokensASecond what the processes get done: says when to come again.
   * @throws AppError `overloaded`.
   */
  requireRoom(lane: EmbedLane, tokens: number, tokensASecond: number): void {
    const limit = this.#limits[lane];
    const waiting = this.load(lane).tokens;
    if (waiting === 0 || waiting + tokens <= limit) return;
    const message = `about ${waiting} tokens wait to be embedded and ${tokens} more are too many, the limit is ${limit}: try again`;
    const retryAfterS = Math.min(Math.max(1, Math.ceil(waiting / tokensASecond)), LONGEST_RETRY_S);
    throw new AppError('overloaded', message, { retryAfterS });
  }

  add(call: Call): void {
    this.#calls[call.lane].push(call);
  }

  /** The piece whose turn it is, which waits no more. */
  next(): Piece | undefined {
    for (const lane of LANES) {
      const calls = this.#calls[lane];
      const call = calls.shift();
      const piece = call?.pieces.shift();
      if (call === undefined || piece === undefined) continue;
      if (call.pieces.length > 0) calls.push(call);
      return piece;
    }
    return undefined;
  }

  /** A piece whose process died is the next one, while somebody waits for it. */
  putBack(piece: Piece): void {
    const { call } = piece;
    if (call.isOver) return;
    this.drop(call);
    call.pieces.unshift(piece);
    this.#calls[call.lane].unshift(call);
  }

  /** Takes a call out; what of it waits is not begun. */
  drop(call: Call): void {
    const calls = this.#calls[call.lane];
    const place = calls.indexOf(call);
    if (place >= 0) calls.splice(place, 1);
  }

  /** Fails every call that waits. */
  rejectAll(error: unknown): void {
    for (const lane of LANES) for (const call of this.#calls[lane].splice(0)) call.reject(error);
  }
}
