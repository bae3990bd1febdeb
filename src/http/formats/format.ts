/** Which form an answer is wanted in: what `format` names, else what `Accept` prefers (RFC 9110), else JSON. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import Negotiator from 'negotiator';
import { z } from 'zod';

/** In order of preference where a caller has none. */
export const FORMATS = ['json', 'markdown', 'bibtex', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export const MEDIA_TYPES: Record<Format, string> = {
  json: 'application/json',
  markdown: 'text/markdown',
  bibtex: 'application/x-bibtex',
  csv: 'text/csv',
};

/** A parameter for links; of one paper there is no table. */
export const listFormat = z.enum(FORMATS).optional().describe('Form of the answer; without it what `Accept` prefers, else json');
export const paperFormat = listFormat
  .unwrap()
  .exclude(['csv'])
  .optional()
  .describe(listFormat.description ?? '');

/** What all that has no wish for another form sends. */
const ANYTHING = new Set([undefined, '*/*', MEDIA_TYPES.json]);

/** @param formats that the route has; all where left out. */
export function formatOf(request: FastifyRequest): Format;
export function formatOf<F extends Format>(request: FastifyRequest, formats: readonly F[]): F | 'json';
export function formatOf({ query, headers }: FastifyRequest, formats: readonly Format[] = FORMATS): Format {
  const named = (query as { format?: unknown }).format;
  // A name that is not known is refused when the parameters are read.
  if (named !== undefined) return formats.find((format) => format === named) ?? 'json';
  if (ANYTHING.has(headers.accept)) return 'json';
  const preferred = new Negotiator({ headers }).mediaType(formats.map((format) => MEDIA_TYPES[format]));
  return formats.find((format) => MEDIA_TYPES[format] === preferred) ?? 'json';
}

/** An `onRequest` hook: whoever keeps the answer keeps it for this `Accept`. */
export function varyByAccept(_request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  // CORS may have said already that it is for this origin.
  const said = reply.getHeader('vary');
  reply.header('vary', said === undefined ? 'Accept' : `${String(said)}, Accept`);
  done();
}

/** A documented answer in every form. */
export function inFormats<S extends z.ZodType>(schema: S, formats: readonly Format[] = FORMATS) {
  const other = formats.filter((format) => format !== 'json').map((format) => [MEDIA_TYPES[format], { schema: z.string() }]);
  return {
    description: schema.description ?? '',
    content: { [MEDIA_TYPES.json]: { schema }, ...(Object.fromEntries(other) as Record<string, { schema: z.ZodString }>) },
  };
}
