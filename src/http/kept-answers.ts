/** Answers that are asked for again, as bytes, for as long as all that they are made of is as it was. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { createRecentCache } from '../recent-cache.ts';
import type { Services } from '../services.ts';
import { formatOf } from './formats/format.ts';
import { sendJson } from './json-bytes.ts';

interface KeptAnswer {
  bytes: Uint8Array;
  /** The services' turn at which it was made. */
  turn: number;
}

export interface KeptAnswers {
  /** An `onRequest` hook: answers where JSON is wanted and kept, unless the caller does not want that (`cache-control: no-cache`). */
  serve(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void;
  /** Keeps what was answered, unless something has changed since `turn`, at which the answer was begun. */
  keep(request: FastifyRequest, bytes: Uint8Array, turn: number): void;
}

/** Beside its bytes: the address, and what holds the two together. */
const OVERHEAD_BYTES = 400;
const MAX_ADDRESS = 500;

/** Whether the caller does without anything that is remembered. */
export function wantsAnew({ headers }: FastifyRequest): boolean {
  return headers['cache-control'] === 'no-cache';
}

export function createKeptAnswers(services: Pick<Services, 'look' | 'turn'>, maxBytes: number): KeptAnswers {
  const kept = createRecentCache<string, KeptAnswer>(maxBytes, ({ bytes }) => bytes.length + OVERHEAD_BYTES);

  function answer(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const known = kept.get(request.url);
    if (known === undefined || known.turn !== services.turn || wantsAnew(request)) done();
    else sendJson(reply, known.bytes);
  }

  return {
    serve(request, reply, done) {
      if (formatOf(request) !== 'json') {
        done();
        return;
      }
      const looking = services.look();
      if (looking === undefined) answer(request, reply, done);
      else looking.then(() => answer(request, reply, done), done);
    },
    keep({ url }, bytes, turn) {
      if (turn !== services.turn || url.length > MAX_ADDRESS || kept.get(url)?.turn === turn) return;
      // A copy: the bytes may be a piece of much more.
      kept.set(url, { bytes: Buffer.from(bytes), turn });
    },
  };
}
