/** An answer that is not the one asked for: problem details (RFC 9457), or what stands in for them where there are none. */
import type { Problem } from './types.ts';

export class PaperkinError extends Error {
  override readonly name = 'PaperkinError';
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Stable name of the kind of problem; `network` without an answer, `http_502` and the like where it is not the service's own. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** One for each field that is wrong. */
  readonly errors: readonly { path: string; message: string }[];
  /** Under which the service's log has it; null where the answer does not say. */
  readonly requestId: string | null;
  /** Seconds after which the service wants to be asked again; null where it does not say. */
  readonly retryAfterS: number | null;

  constructor(
    { status, code, title, detail, errors = [], requestId }: ProblemWords,
    options: ErrorOptions & { retryAfterS?: number | null } = {},
  ) {
    super(`${title}: ${detail}`, options);
    this.status = status;
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.errors = errors;
    this.requestId = requestId ?? null;
    this.retryAfterS = options.retryAfterS ?? null;
  }
}

type ProblemWords = Omit<Problem, 'type' | 'requestId'> & Partial<Pick<Problem, 'requestId'>>;

/** Reads the body of an answer that is not 2xx. */
export async function errorOf(response: Response): Promise<PaperkinError> {
  const options = { retryAfterS: retryAfterS(response) };
  const problem = await problemOf(response);
  if (problem !== undefined) return new PaperkinError(problem, options);
  const { status } = response;
  const detail = `The service answered with status ${status}.`;
  return new PaperkinError({ status, code: `http_${status}`, title: 'Something went wrong', detail }, options);
}

/** Of `Retry-After`, which is seconds or a date (RFC 9110); null where it is neither or not there. */
export function retryAfterS({ headers }: Response): number | null {
  const value = headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

/** What stands in between may answer in HTML: a body is only read where it says that it is a problem. */
async function problemOf(response: Response): Promise<Problem | undefined> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true) {
    await response.body?.cancel();
    return undefined;
  }
  return (await response.json()) as Problem;
}
