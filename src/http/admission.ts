/**
 * Turns requests away while more come than are answered, so that those let in are answered as quickly as ever. Each route counts for
 * itself: searches that wait for a model that hangs keep nobody from a stored paper.
 *
 * A queue that stands, of callers who wait for their answer before they ask again, is no overload: each is answered. One that grows
 * to the limit is, and then only as many are let in as the machine can work on at once; the others, and those that wait in the
 * queue by then, are told at once to come again.
 */
import { availableParallelism } from 'node:os';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { dropWork } from './caller-gone.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its work waits in a queue that refuses for itself: lists of texts to embed. */
    queues?: boolean;
    admission?: Admission<FastifyRequest>;
  }
  interface FastifyRequest {
    /** Where it was let in, or waits to be. */
    admittedBy: Admission<FastifyRequest> | null;
  }
}

export interface AdmissionLimits {
  /** Requests of one route under way at most, at any time. */
  most: number;
  /** The same while more come than are answered. */
  few: number;
}

const WINDOW_MS = 100;
/** Where no more than so many times what ends comes for so many windows, an overload is over. */
const CALM_EXCESS = 1.5;
const CALM_WINDOWS = 5;
/**
 * It may be over without that, where those who are turned away ask again at once: for a look, ever more seldom, all may wait in line.
 * Where the line grows to the limit, it is not.
 */
const FIRST_LOOK_MS = 1_000;
const LAST_LOOK_MS = 16_000;
const AT_A_TIME = 8;
/** One for all: to find out where it was made costs as much as the rest of an answer. */
const TOO_MUCH = new AppError('overloaded', 'more is asked than can be answered at present: try again in a second', {
  retryAfterS: 1,
});

/** While more come than are answered, each core has one at work: more would only wait. */
export function admissionLimits(most: number): AdmissionLimits {
  return { most, few: Math.min(most, Math.max(2, availableParallelism())) };
}

/** Counts what comes and what ends. `T` is a request. */
export class Admission<T> {
  readonly #limits: AdmissionLimits;
  readonly #drop: (request: T) => void;
  /** Oldest first. */
  readonly #underWay = new Set<T>();
  /** During a look, oldest first: nothing has been done for them. */
  readonly #inLine = new Map<T, (isLetIn: boolean) => void>();
  #state: 'calm' | 'overloaded' | 'looking' = 'calm';
  #came = 0;
  #ended = 0;
  #windowStart = 0;
  /** Windows in a row. */
  #calm = 0;
  #nextLook = 0;
  #lookEveryMs = FIRST_LOOK_MS;
  /** When the last overload was over, or seemed to be. */
  #over = Number.NEGATIVE_INFINITY;

  /** @param drop told of each request that was let in and is not wanted any more: its work is to be given up. */
  constructor(limits: AdmissionLimits, drop: (request: T) => void) {
    this.#limits = limits;
    this.#drop = drop;
  }

  /**
   * @param now milliseconds of a clock that never goes back.
   * @returns whether it may begin, later where that is not known yet; then `end` is to be called.
   */
  begin(request: T, now: number): boolean | Promise<boolean> {
    if (now - this.#windowStart >= WINDOW_MS) this.#endWindow(now);
    this.#came++;
    if (this.#state !== 'overloaded' && this.#underWay.size + this.#inLine.size >= this.#limits.most) this.#overload(now);
    if (this.#state === 'calm' || this.#underWay.size < this.#limits.few) {
      this.#underWay.add(request);
      return true;
    }
    return this.#state === 'looking' && new Promise((resolve) => this.#inLine.set(request, resolve));
  }

  /** Of one that was let in, or that does not wait any longer to be. A second time it does nothing. */
  end(request: T): void {
    if (this.#inLine.delete(request) || !this.#underWay.delete(request)) return;
    this.#ended++;
    const [next] = this.#inLine.keys();
    if (next !== undefined && this.#underWay.size < this.#limits.few) this.#letIn(next);
  }

  #letIn(request: T): void {
    const tell = this.#inLine.get(request);
    this.#inLine.delete(request);
    this.#underWay.add(request);
    tell?.(true);
  }

  #endWindow(now: number): void {
    const windows = Math.floor((now - this.#windowStart) / WINDOW_MS);
    this.#calm = this.#came > CALM_EXCESS * this.#ended ? 0 : this.#calm + windows;
    if (this.#state !== 'calm' && this.#calm >= CALM_WINDOWS) {
      this.#state = 'calm';
      this.#over = now;
      for (const request of [...this.#inLine.keys()]) this.#letIn(request);
    } else if (this.#state === 'overloaded' && now >= this.#nextLook) {
      this.#state = 'looking';
      this.#over = now;
    }
    this.#came = 0;
    this.#ended = 0;
    this.#windowStart = now;
  }

  #overload(now: number): void {
    const isTheSame = now - this.#over < this.#lookEveryMs;
    this.#lookEveryMs = isTheSame ? Math.min(2 * this.#lookEveryMs, LAST_LOOK_MS) : FIRST_LOOK_MS;
    this.#nextLook = now + this.#lookEveryMs;
    this.#state = 'overloaded';
    this.#calm = 0;
    const tooMany = [...this.#underWay].slice(this.#limits.few);
    const inLine = [...this.#inLine.values()];
    this.#inLine.clear();
    someAtATime([...tooMany.map((request) => () => this.#drop(request)), ...inLine.map((tell) => () => tell(false))]);
  }
}

/** To turn many away takes its time, and others wait meanwhile. */
function someAtATime(steps: (() => void)[]): void {
  for (const step of steps.splice(0, AT_A_TIME)) step();
  if (steps.length > 0) setImmediate(someAtATime, steps);
}

/** For every route that reads, whatever plugin it lives in. */
export const admission = fp(async (app: FastifyInstance, limits: AdmissionLimits) => {
  const end = (request: FastifyRequest) => request.admittedBy?.end(request);
  const drop = (request: FastifyRequest) => dropWork(request, TOO_MUCH);
  app.decorateRequest('admittedBy', null);
  // Behind the body: whoever sends his slowly keeps nobody out.
  app.addHook('preValidation', (request, _reply, done) => {
    const { config } = request.routeOptions;
    if (config.scope !== 'read' || config.queues === true) return done();
    config.admission ??= new Admission(limits, drop);
    const isLetIn = config.admission.begin(request, performance.now());
    if (isLetIn === false) return done(TOO_MUCH);
    request.admittedBy = config.admission;
    if (isLetIn === true) return done();
    isLetIn.then((isIn) => done(isIn ? undefined : TOO_MUCH));
  });
  // With its first byte an answer is made; how fast it is read is the caller's affair.
  app.addHook('onSend', (request, _reply, payload, done) => {
    end(request);
    done(null, payload);
  });
  app.onRequestEnd(end);
});
