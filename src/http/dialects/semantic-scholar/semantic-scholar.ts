/** Semantic Scholar's Academic Graph and Recommendations APIs over the papers here: https://api.semanticscholar.org/api-docs/. */
import type { FastifyReply } from 'fastify';
import { type Fault, sendReady } from '../../fault.ts';
import type { Dialect } from '../dialect.ts';
import { graphRoutes } from './graph.ts';
import { recommendationRoutes } from './recommendations.ts';

/** Their clients read `error` where the request is at fault, `message` where it is not. */
function sendFault({ status, detail, issues, where }: Fault, reply: FastifyReply): FastifyReply {
  reply.code(status).type('application/json');
  if (status === 429 || status >= 500) return sendReady(reply, { message: detail, code: String(status) });
  if (where !== 'querystring') return sendReady(reply, { error: detail });
  const query = reply.request.query as Record<string, unknown>;
  const params = (issues ?? []).map(({ path }) => `${path}=${query[path] ?? ''}`);
  return sendReady(reply, { error: `Unacceptable query params: [${params.join(', ')}]: ${detail}` });
}

export const semanticScholar: Dialect = {
  name: 'semantic-scholar',
  sendFault,
  parts: [
    { prefix: '/graph/v1', routes: graphRoutes },
    { prefix: '/recommendations/v1', routes: recommendationRoutes },
  ],
};
