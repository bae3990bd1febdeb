/** Answers of the service as the tests read them: parsed by the schemas that the service publishes. */

import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import type { z } from 'zod';
import { problemSchema } from '#dist/http/problem.js';
import { answerSchema } from '#dist/http/schemas.js';

export type WireAnswer = z.infer<typeof answerSchema>;
export type WireProblem = z.infer<typeof problemSchema>;

/** The ranked papers of a response that must be one. */
export function askedFor(response: LightMyRequestResponse): WireAnswer {
  expect(response.statusCode, response.body).toBe(200);
  return answerSchema.parse(response.json());
}

/** Asks for ranked papers, in an address or in a body. */
export function asker(app: () => FastifyInstance) {
  return {
    get: async (url: string): Promise<WireAnswer> => askedFor(await app().inject(url)),
    post: async (url: string, payload: object): Promise<WireAnswer> =>
      askedFor(await app().inject({ method: 'POST', url, payload })),
  };
}

/** The problem of a response that must be one, with the status it says. */
export function problemOf(response: LightMyRequestResponse): WireProblem {
  expect(response.headers['content-type']).toBe('application/problem+json');
  const problem = problemSchema.parse(response.json());
  expect(problem.status).toBe(response.statusCode);
  expect(response.body).not.toMatch(/\bat .*\.(js|ts):\d+/);
  return problem;
}
