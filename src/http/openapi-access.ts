/** What the hooks for every route add to its description: the key it needs, and the answers they may give. */
import type { SwaggerTransform } from '@fastify/swagger';
import { scopeOf } from './access.ts';
import { problemsOf } from './schemas.ts';

type Described = Parameters<SwaggerTransform>[0];

/** Any key that is enough, or none where callers without one may do as much. */
const SECURITY = [{}, { bearer: [] }, { apiKey: [] }];
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Faults are described as the route describes its own, in whichever words it answers. */
export function withAccess<R extends Described>(described: R): R {
  const { schema, route } = described;
  const scope = scopeOf(route);
  if (schema === undefined || schema.hide === true || scope === 'open') return described;
  const response = (schema.response ?? {}) as Record<number, unknown>;
  const [like = problemsOf(400)[400]] = Object.entries(response).flatMap(([status, said]) => (Number(status) >= 400 ? [said] : []));
  const methods = Array.isArray(route.method) ? route.method : [route.method];
  const faults = [
    401,
    ...(scope === 'read' ? [] : [403]),
    ...(methods.some((method) => WITH_BODY.has(method)) ? [408] : []),
    429,
    ...(scope === 'read' ? [503] : []),
  ];
  // Said before it is known which route is asked for.
  const added = { ...Object.fromEntries(faults.map((status) => [status, like])), ...problemsOf(431) };
  return { ...described, schema: { ...schema, security: SECURITY, response: { ...added, ...response } } };
}
