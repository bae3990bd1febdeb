/** Faults on the wire as RFC 9457 problem details. */
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { z } from 'zod';
import type { AppError } from '../errors.ts';
import { type Fault, readFault, routeNotFound, sendReady } from './fault.ts';

export const problemSchema = z
  .object({
    type: z.string().describe('URI of the kind of problem: `urn:paperkin:problem:` and the code'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong with this request, and the mend'),
    code: z.string().describe('Stable name of the kind of problem'),
    requestId: z.string().describe('As `x-request-id` says it and the log has it'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('One for each field that is wrong'),
  })
  .meta({ id: 'Problem', description: 'Problem details, RFC 9457' });

type Problem = z.infer<typeof problemSchema>;

/** Answers every fault of the instance as a problem. */
export const problems = fp(async (app: FastifyInstance) => {
  app.setErrorHandler<FastifyError | AppError>((error, request, reply) => sendProblem(readFault(error, request, reply), reply));
  app.setNotFoundHandler((request, reply) => sendProblem(routeNotFound(request, reply), reply));
});

export function sendProblem(fault: Fault, reply: FastifyReply): FastifyReply {
  return sendReady(reply.code(fault.status).type('application/problem+json'), problemOf(fault, reply.request.id));
}

export function problemOf({ status, code, title, detail, issues }: Fault, requestId: string): Problem {
  return {
    type: `urn:paperkin:problem:${code}`,
    title,
    status,
    detail,
    code,
    ...(issues === undefined ? {} : { errors: issues }),
    requestId,
  };
}
