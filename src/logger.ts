/**
 * The service's log: pino, JSON lines, one logger made at the edge and handed down. Keys and texts do not come this far; where a
 * library logs a request or an error whole, what they might be in is left out here.
 */
import { type Logger, pino } from 'pino';

export type { Logger };

/** Headers that are secrets, wherever somebody logs headers. */
const SECRET_HEADERS = ['authorization', 'x-api-key', 'cookie'];
const REDACTED = ['headers', 'req.headers', 'request.headers'].flatMap((place) =>
  SECRET_HEADERS.map((name) => `${place}["${name}"]`),
);
/** Causes of an error that are told. */
const MAX_CAUSES = 5;

/** `level` is a pino level or `silent`. Lines go to stderr where `stderr` is true, so that stdout stays data. */
export function createLogger(level: string, options: { stderr?: boolean } = {}): Logger {
  const destination = pino.destination({ dest: options.stderr === true ? 2 : 1, sync: false });
  return pino({ level, base: null, redact: REDACTED, serializers: { err: describeError, req: describeRequest } }, destination);
}

interface DescribedError {
  type: string;
  code?: string;
  message: string;
  stack?: string | undefined;
  cause?: DescribedError;
}

/** Nothing but what is named: libraries put whole requests into errors. */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutQueries(String(error)) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    ...('code' in error && { code: String(error.code) }),
    message: withoutQueries(message),
    stack: stack === undefined ? undefined : withoutQueries(stack),
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: describeError(cause, depth + 1) }),
  };
}

/** As Fastify hands it in. */
function describeRequest(request: { method?: string; url?: string }): { method: string | undefined; path: string | undefined } {
  return { method: request.method, path: request.url?.split('?')[0] };
}

/** Addresses in a message lose what was asked for. */
function withoutQueries(text: string): string {
  return text.replace(/(\/[^\s"'?]*)\?[^\s"']*/g, '$1?…');
}
