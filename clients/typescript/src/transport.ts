/** The only file that calls `fetch`: addresses, bodies, one more try where the service asks for it, and what came back. */
import { errorOf, PaperkinError, retryAfterS } from './errors.ts';
import type { paths } from './openapi.ts';

export interface ClientOptions {
  /** Where the service is, such as `http://127.0.0.1:3000`; a path in it stays. Empty in a page: where the page came from. */
  baseUrl: string;
  /** Sent as a bearer token, for a service that asks for keys. */
  apiKey?: string | undefined;
  /**
   * 429 and 503 with `Retry-After` are waited out and asked once more; where the wait would be longer than this, they are errors at
   * once. Seconds, default 30; below 0 nothing is asked twice.
   */
  maxRetryAfterS?: number | undefined;
}

export interface CallOptions {
  /** Ends the request, and a wait before another try, with the signal's own reason. */
  signal?: AbortSignal | undefined;
}

type Values = Record<string, string | number | boolean | undefined>;

export interface Parts {
  /** For the places in the path. */
  params?: Record<string, string>;
  query?: Values;
  /** Sent as JSON; a `Blob` as it is. */
  body?: unknown;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Transport {
  /**
   * @param path as the OpenAPI document writes it
   * @throws PaperkinError for an answer that is not 2xx, and where there is none.
   */
  send(...question: [...Question, CallOptions | undefined]): Promise<Response>;
  /** The JSON of an answer, trusted to be what the document says; undefined for an empty one. */
  json<T>(...question: [...Question, CallOptions | undefined]): Promise<T>;
  /** An answer as it is written. */
  text(...question: [...Question, CallOptions | undefined]): Promise<string>;
}

export type Question = [method: Method, path: keyof paths, parts: Parts];

const TRY_AGAIN = [429, 503];

export function createTransport({ baseUrl, apiKey, maxRetryAfterS = 30 }: ClientOptions): Transport {
  const base = baseUrl.replace(/\/+$/, '');
  const authorization: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

  const send: Transport['send'] = async (method, path, { params = {}, query = {}, body }, { signal } = {}) => {
    const address =
      base + path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? '')) + inAddress(query);
    const headers = { accept: 'application/json, text/event-stream', ...authorization, ...contentType(body) };
    const request = { method, headers, signal: signal ?? null, ...(body !== undefined && { body: inBody(body) }) };
    const first = await ask(address, request);
    const waitS = TRY_AGAIN.includes(first.status) ? retryAfterS(first) : null;
    if (waitS === null || waitS > maxRetryAfterS) return checked(first);
    await first.body?.cancel();
    await delay(waitS * 1_000, signal);
    return checked(await ask(address, request));
  };

  async function read<T>(response: Response, reading: Promise<T>, call: CallOptions | undefined): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      throw unlessAborted(call?.signal, error, {
        status: response.status,
        code: 'unreadable',
        title: 'The answer cannot be read',
        detail: 'What came is not the answer of the service: see what answers at this address.',
      });
    }
  }

  return {
    send,
    async json<T>(method: Method, path: keyof paths, parts: Parts, call: CallOptions | undefined) {
      const response = await send(method, path, parts, call);
      return response.status === 204 ? (undefined as T) : read(response, response.json() as Promise<T>, call);
    },
    async text(method, path, parts, call) {
      const response = await send(method, path, parts, call);
      return read(response, response.text(), call);
    },
  };
}

async function ask(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request);
  } catch (error) {
    throw unlessAborted(request.signal, error, {
      status: 0,
      code: 'network',
      title: 'No answer',
      detail: 'The service could not be reached. Check that it is running and that you are online.',
    });
  }
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw await errorOf(response);
}

/** What the caller ended itself is thrown on as it is. */
function unlessAborted(
  signal: AbortSignal | null | undefined,
  error: unknown,
  words: ConstructorParameters<typeof PaperkinError>[0],
): unknown {
  return signal?.aborted ? error : new PaperkinError(words, { cause: error });
}

function inAddress(query: Values): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function contentType(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-type': body instanceof Blob ? 'application/octet-stream' : 'application/json' };
}

const inBody = (body: unknown): Blob | string => (body instanceof Blob ? body : JSON.stringify(body));

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
