/**
 * The one error type of the domain. It knows a stable `code`, never an HTTP status or an exit code: those
 * are looked up at the edges (`http/problem.ts`, `cli/exit-codes.ts`).
 */

/** Every code an `AppError` can carry, with the short title shown to people. Codes are API: never rename one. */
export const ERROR_TITLES = {
  invalid_input: 'The input is not valid',
  paper_not_found: 'No such paper',
  route_not_found: 'No such route',
  method_not_allowed: 'The method is not allowed',
  not_ready: 'The service is not ready yet',
  unauthorized: 'A key is needed',
  forbidden: 'The key does not allow this',
  rate_limited: 'Too many requests',
  body_too_slow: 'The body did not come in time',
  overloaded: 'The service is busy',
  timed_out: 'The answer took too long',
  canceled: 'The caller gave up',
  embedding_failed: 'The text could not be embedded',
  model_invalid: 'The model folder cannot be used',
  hub_failed: 'The model hub did not give the model',
  space_mismatch: 'Two embedding spaces do not mix',
  generation_damaged: 'The index generation on disk is damaged',
  store_invalid: 'The database cannot be used',
  store_unwritable: 'The data folder cannot be written',
  data_folder_in_use: 'Another process writes this data folder',
  job_not_found: 'No such job',
  job_failed: 'The job did not succeed',
  snapshot_invalid: 'The snapshot cannot be used',
  file_unreadable: 'The file cannot be read',
  internal: 'Something went wrong inside',
} as const;

export type ErrorCode = keyof typeof ERROR_TITLES;

/** One thing wrong with one field; `path` is a dotted path into the input (`filter.from`, `papers.3.title`). */
export interface Issue {
  path: string;
  message: string;
}

export interface AppErrorOptions {
  issues?: Issue[] | undefined;
  /** When the caller may try again, in seconds. */
  retryAfterS?: number | undefined;
  cause?: unknown;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly issues: Issue[] | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.issues = options.issues;
    this.retryAfterS = options.retryAfterS;
  }
}

/** An `AppError` as plain data: classes do not survive the way between threads and processes. */
export interface PlainError {
  code: ErrorCode;
  message: string;
  issues?: Issue[] | undefined;
  retryAfterS?: number | undefined;
  stack?: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  if (error instanceof AppError) {
    const { code, message, issues, retryAfterS, stack } = error;
    return { code, message, issues, retryAfterS, stack };
  }
  if (error instanceof Error) return { code: 'internal', message: error.message, stack: error.stack };
  return { code: 'internal', message: String(error) };
}

export function fromPlainError(plain: PlainError): AppError {
  const { code, message, issues, retryAfterS, stack } = plain;
  return new AppError(code, message, { issues, retryAfterS, cause: stack });
}

/** The part of a zod error that an `Issue` is made from; zod itself stays out of this file. */
interface ValidationErrorLike {
  issues: readonly { path: readonly PropertyKey[]; message: string }[];
}

/** Turns a zod error into `invalid_input`; `what` names the thing that was parsed. */
export function invalidInput(what: string, error: ValidationErrorLike): AppError {
  const issues = error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const text = issues.map((issue) => (issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`)).join('; ');
  return new AppError('invalid_input', `${what}: ${text}`, { issues, cause: error });
}

/** @throws AppError the signal's reason where that is one, else `canceled`. */
export function throwIfGivenUp(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw givenUp(signal);
}

export function givenUp({ reason }: AbortSignal): AppError {
  return reason instanceof AppError ? reason : new AppError('canceled', 'the caller gave up', { cause: reason });
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
