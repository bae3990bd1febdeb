/** What is wrong, in this dialect's types and statuses. */
import type { FastifyReply } from 'fastify';
import type { EmbedInput } from '../../../embed/embedder.ts';
import { type Fault, sendReady } from '../../fault.ts';
import { type ERROR_TYPES, MAX_CLIENT_BATCH } from './schemas.ts';

type ErrorType = (typeof ERROR_TYPES)[number];

const STATUS: Record<ErrorType, number> = {
  unhealthy: 503,
  backend: 424,
  overloaded: 429,
  validation: 413,
  tokenizer: 422,
  empty: 400,
};

export interface Refusal {
  type: ErrorType;
  message: string;
}

export function refuse(reply: FastifyReply, { type, message }: Refusal): FastifyReply {
  return send(reply, STATUS[type], { type, message });
}

/** Undefined where there is nothing wrong with them. */
export function refusalOfInputs(inputs: readonly EmbedInput[]): Refusal | undefined {
  if (inputs.length === 0 || inputs.some(({ length }) => length === 0)) {
    return { type: 'empty', message: '`inputs` cannot be empty' };
  }
  if (inputs.length <= MAX_CLIENT_BATCH) return undefined;
  return { type: 'validation', message: `batch size ${inputs.length} > maximum allowed batch size ${MAX_CLIENT_BATCH}` };
}

/** Statuses are theirs: a body that cannot be read is 422, what the model failed on 424. */
export function sendFault({ status, code, detail }: Fault, reply: FastifyReply): FastifyReply {
  switch (code) {
    case 'invalid_input':
      return send(reply, 422, { type: 'validation', message: detail });
    case 'overloaded':
    case 'rate_limited':
      return refuse(reply, { type: 'overloaded', message: detail });
    case 'embedding_failed':
      return refuse(reply, { type: 'backend', message: detail });
    case 'not_ready':
      return refuse(reply, { type: 'unhealthy', message: detail });
    default:
      return send(reply, status, { type: status >= 500 ? 'backend' : 'validation', message: detail });
  }
}

function send(reply: FastifyReply, status: number, { type, message }: Refusal): FastifyReply {
  return sendReady(reply.code(status).type('application/json'), { error: message, error_type: type });
}
