/** What went wrong with a request, in whichever words it is answered; and the one table from error code to HTTP status. */
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, ERROR_TITLES, type ErrorCode, type Issue } from '../errors.ts';

const STATUS: Record<ErrorCode, number> = {
  invalid_input: 400,
  paper_not_found: 404,
  route_not_found: 404,
  method_not_allowed: 405,
  not_ready: 503,
  unauthorized: 401,
  forbidden: 403,
  rate_limited: 429,
  body_too_slow: 408,
  overloaded: 429,
  timed_out: 503,
  // The client closed the connection: nobody reads this. nginx's number, so that it stands out in the log.
  canceled: 499,
  embedding_failed: 503,
  model_invalid: 500,
  hub_failed: 502,
  space_mismatch: 500,
  generation_damaged: 500,
  store_invalid: 500,
  store_unwritable: 503,
  data_folder_in_use: 500,
  job_not_found: 404,
  job_failed: 500,
  snapshot_invalid: 500,
  file_unreadable: 400,
  internal: 500,
};

export interface Fault {
  status: number;
  /** Stable name of the kind of fault. */
  code: string;
  title: string;
  /** What is wrong with this request, and the mend; nothing of the inside where the fault is ours. */
  detail: string;
  /** One for each field that is wrong. */
  issues?: Issue[] | undefined;
  /** The part of the request that the issues are of. */
  where?: 'body' | 'querystring' | 'params' | 'headers' | undefined;
}

/** Faults that Fastify finds before a route runs, with a mend in the caller's words. */
const FASTIFY_CODES: Record<
  string,
  { code: string; title: string; detail: (request: FastifyRequest, error: FastifyError) => string }
> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    title: 'The content type is not supported',
    detail: (request) =>
      `content-type "${request.headers['content-type'] ?? ''}" is not read here: send application/json${
        request.routeOptions.url === '/v1/papers'
          ? ', application/x-ndjson or application/octet-stream (a file of any known format)'
          : ''
      }`,
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'body_too_large',
    title: 'The body is too large',
    detail: (request) =>
      `a JSON body may have ${request.routeOptions.bodyLimit} bytes: send less at a time${
        request.routeOptions.url === '/v1/papers' ? ', or application/x-ndjson, which has no limit' : ''
      }`,
  },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    code: 'malformed_json',
    title: 'The body is not valid JSON',
    detail: () => 'the body could not be parsed as JSON',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'malformed_json',
    title: 'The body is not valid JSON',
    detail: () => 'content-type says application/json, the body is empty',
  },
  FST_ERR_BAD_URL: {
    code: 'bad_request',
    title: 'The request is not valid',
    detail: (_request, { message }) => `the address cannot be decoded: ${message}; percent-encode ids`,
  },
};

/**
 * Reads whatever was thrown. A fault of ours is logged whole and answered without its inside; the answer's `retry-after` is set
 * where it is known when to try again.
 */
export function readFault(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply): Fault {
  if (error instanceof AppError) return ofAppError(error, request, reply);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.flatMap(issuesOf);
    const where = error.validationContext as Fault['where'];
    const name = where === 'querystring' ? 'query parameter' : (where ?? 'request');
    const invalid = new AppError('invalid_input', describeIssues(name, issues), { issues });
    return { ...ofAppError(invalid, request, reply), where };
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return ofAppError(new AppError('internal', 'see the log', { cause: error }), request, reply);
  const known = FASTIFY_CODES[error.code];
  return {
    status,
    code: known?.code ?? 'bad_request',
    title: known?.title ?? 'The request is not valid',
    detail: known?.detail(request, error) ?? error.message,
  };
}

export function routeNotFound(request: FastifyRequest, reply: FastifyReply): Fault {
  const path = request.url.split('?')[0];
  return ofAppError(
    new AppError('route_not_found', `${request.method} ${path} does not exist; /docs lists what does`),
    request,
    reply,
  );
}

/** @param allowed methods that the address is served for, with commas between them. */
export function methodNotAllowed(request: FastifyRequest, reply: FastifyReply, allowed: string): Fault {
  const message = `${request.method} is not served here: send ${allowed}`;
  return ofAppError(new AppError('method_not_allowed', message), request, reply);
}

/** Sent as ready text: what says what is wrong never goes through a route's own serialiser. */
export function sendReady(reply: FastifyReply, body: object): FastifyReply {
  return reply.serializer((payload: unknown) => JSON.stringify(payload)).send(body);
}

function ofAppError(error: AppError, request: FastifyRequest, reply: FastifyReply): Fault {
  const status = STATUS[error.code];
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  if (error.retryAfterS !== undefined) reply.header('retry-after', error.retryAfterS);
  return {
    status,
    code: error.code,
    title: ERROR_TITLES[error.code],
    detail: status === 500 ? `the fault is in the log under request ${request.id}` : error.message,
    issues: error.issues,
  };
}

/** One issue a wrong field; zod names all unknown fields of an object in one. */
function issuesOf({ instancePath, keyword, message = 'is not valid', params }: FastifySchemaValidationError): Issue[] {
  const path = instancePath.split('/').filter(Boolean);
  const unknown = keyword === 'unrecognized_keys' ? params['keys'] : undefined;
  if (!Array.isArray(unknown)) return [{ path: path.join('.'), message }];
  return unknown.map((key) => ({
    path: [...path, String(key)].join('.'),
    message: 'is not known here: leave it out, or see /docs for what is',
  }));
}

function describeIssues(where: string, issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? `${where}: ${message}` : `${where} ${path}: ${message}`)).join('; ');
}
