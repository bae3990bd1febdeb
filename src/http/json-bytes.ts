/** Answers with papers as bytes: each paper is JSON already and is copied, what stands around it is little. */
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { PaperRecord } from '../paper.ts';
import type { answerSchema } from './schemas.ts';

type Wire = z.infer<typeof answerSchema>;
type WireHit = Omit<Wire['results'][number], 'paper'> & { paper: PaperRecord };

/** Of UTF-16 code units in UTF-8, at most. */
const BYTES_A_UNIT = 3;

/** The bytes of an answer, good until the reply is closed: their memory is used again then. */
export type WriteAnswer = (reply: FastifyReply, results: readonly WireHit[], rest: Omit<Wire, 'results'>) => Uint8Array;

/** Makes a writer of what `answerSchema` describes, with records for papers, the fields in its order. */
export function createAnswerWriter(): WriteAnswer {
  const take = createSlabs();

  return (reply, results, rest) => {
    const pieces: (string | Uint8Array)[] = [];
    let text = '{"results":[';
    for (const hit of results) {
      text += `${hit === results[0] ? '' : ','}{"rank":${hit.rank},"score":${hit.score},"paper":`;
      pieces.push(text, hit.paper.json);
      text = endOf(hit);
    }
    pieces.push(`${text}]${continued(rest)}`);
    return take(reply, pieces);
  };
}

function endOf({ versions, contributions, why }: WireHit): string {
  // So ends nearly every one.
  if (versions.length === 0 && contributions === undefined && why === undefined) return ',"versions":[]}';
  return continued({ versions, contributions, why });
}

/** The rest of an object that has begun. */
function continued(fields: object): string {
  return `,${JSON.stringify(fields).slice(1)}`;
}

interface Slab {
  bytes: Buffer;
  /** Where the rest of it begins. */
  free: number;
  /** Replies that are not closed. */
  inUse: number;
}

/** Answers are cut from few pieces of memory, over and over: a new one for each would keep the garbage collector at work. */
const SLAB_BYTES = 2 ** 18;
const IDLE_SLABS = 8;

function createSlabs(): (reply: FastifyReply, pieces: readonly (string | Uint8Array)[]) => Uint8Array {
  const idle: Slab[] = [];
  let slab: Slab = { bytes: Buffer.alloc(0), free: 0, inUse: 0 };

  function makeRoom(size: number): void {
    if (slab.inUse === 0) slab.free = 0;
    if (slab.bytes.length - slab.free >= size) return;
    const known = size <= SLAB_BYTES ? idle.pop() : undefined;
    slab = known ?? { bytes: Buffer.allocUnsafeSlow(Math.max(size, SLAB_BYTES)), free: 0, inUse: 0 };
    slab.free = 0;
  }

  return (reply, pieces) => {
    let most = 0;
    for (const piece of pieces) most += piece.length * (typeof piece === 'string' ? BYTES_A_UNIT : 1);
    makeRoom(most);
    const own = slab;
    const first = own.free;
    for (const piece of pieces) {
      if (typeof piece === 'string') own.free += own.bytes.write(piece, own.free);
      else {
        own.bytes.set(piece, own.free);
        own.free += piece.length;
      }
    }
    own.inUse++;
    reply.raw.once('close', () => {
      own.inUse--;
      const isIdle = own.inUse === 0 && own !== slab && own.bytes.length === SLAB_BYTES;
      if (isIdle && idle.length < IDLE_SLABS) idle.push(own);
    });
    return own.bytes.subarray(first, own.free);
  };
}

/** Sends JSON as it is: what Fastify would write is written, and no schema is gone through. */
export function sendJson(reply: FastifyReply, json: Uint8Array): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json);
}
