/**
 * Turns requests away while more come than are answered, so that those let in are answered as quickly as ever. Each route counts for
 * itself: searches that wait for a model that hangs keep nobody from a stored paper.
 *
 * A queue that stands, of callers who wait for their answer before they ask again, is no overload: each is answered. One that grows
 * is, and then only as many are let in as the machine can work on at once; the others are told at once to come again.
 */
import { availableParallelism } from 'node:os';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its work waits in a queue that refuses for itself: lists of texts to embed. */
    queues?: boolean;
    admission?: Admission;
  }
  interface FastifyRequest {
    /** Where it was let in, until it has an answer. */
    admittedBy: Admission | null;
  }
}

export interface AdmissionLimits {
  /** Requests of one route under way at most, at any time. */
  most: number;
  /** The same while more come than are answered. */
  few: number;
}

const WINDOW_MS = 100;
/** So many times more come than end: more than chance, and more than a client that opens its connections. */
const GROWTH = 1.5;
/** In one window any client that opens its connections looks like it. */
const GROWING_WINDOWS = 2;
const CALM_WINDOWS = 5;
const RETRY_AFTER_S = 1;

/** What each core has under way at most while more come than are answered: one at work, and one that waits for it. */
const FEW_A_CORE = 2;

export function admissionLimits(most: number): AdmissionLimits {
  return { most, few: Math.min(most, FEW_A_CORE * availableParallelism()) };
}

/** Counts what comes and what ends. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #underWay = 0;
  #came = 0;
  #ended = 0;
  #windowStart = 0;
  /** Windows in a row in which more came than ended. */
  #growing = 0;
  #calm = 0;
  #isOverloaded = false;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** @param now milliseconds of a clock that never goes back. @returns whether it may begin; then `end` is to be called once. */
  begin(now: number): boolean {
    if (now - this.#windowStart >= WINDOW_MS) this.#look(now);
    this.#came++;
    if (this.#underWay >= (this.#isOverloaded ? this.#limits.few : this.#limits.most)) return false;
    this.#underWay++;
    return true;
  }

  end(): void {
    this.#underWay--;
    this.#ended++;
  }

  #look(now: number): void {
    const isGrowing = this.#came - this.#ended >= this.#limits.few && this.#came > GROWTH * this.#ended;
    this.#growing = isGrowing ? this.#growing + 1 : 0;
    this.#calm = isGrowing ? 0 : this.#calm + 1;
    if (this.#growing >= GROWING_WINDOWS) this.#isOverloaded = true;
    else if (this.#calm >= CALM_WINDOWS) this.#isOverloaded = false;
    this.#came = 0;
    this.#ended = 0;
    this.#windowStart = now;
  }
}

/** For every route that reads, whatever plugin it lives in. */
export const admission = fp(async (app: FastifyInstance, limits: AdmissionLimits) => {
  const end = (request: FastifyRequest) => {
    request.admittedBy?.end();
    request.admittedBy = null;
  };
  app.decorateRequest('admittedBy', null);
  // Behind the body: whoever sends his slowly keeps nobody out.
  app.addHook('preValidation', (request, _reply, done) => {
    const { config } = request.routeOptions;
    if (config.scope !== 'read' || config.queues === true) return done();
    config.admission ??= new Admission(limits);
    if (config.admission.begin(performance.now())) {
      request.admittedBy = config.admission;
      return done();
    }
    const message = 'more is asked than can be answered at present: try again in a second';
    done(new AppError('overloaded', message, { retryAfterS: RETRY_AFTER_S }));
  });
  // With its first byte an answer is made; how fast it is read is the caller's affair.
  app.addHook('onSend', (request, _reply, payload, done) => {
    end(request);
    done(null, payload);
  });
  app.onRequestEnd(end);
});
