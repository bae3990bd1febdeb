/** The only file that calls `fetch`. Answers are typed here, once; the rest of the page trusts them. */
import { authorization } from './api-key.ts';
import type { Paper, PaperBatch, PaperPage, Problem, Ranking, ServiceInfo } from './wire.ts';

/** An answer that is not the one asked for, in words that can be shown to a reader. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor({ title, detail, code, status }: ErrorWords, options?: ErrorOptions) {
    super(`${title}: ${detail}`, options);
    this.title = title;
    this.detail = detail;
    this.code = code;
    this.status = status;
  }
}

type ErrorWords = Pick<ApiError, 'title' | 'detail' | 'code' | 'status'>;

/** @param question a path, or what is sent to one. */
export type Load<T> = (question: string, signal: AbortSignal) => Promise<T>;

export const loadRanking: Load<Ranking> = getJson;
export const loadPaper: Load<Paper> = getJson;
export const loadPaperPage: Load<PaperPage> = getJson;

/** @param body of `POST /v1/recommend`, JSON. */
export const loadRecommendation: Load<Ranking> = (body, signal) => postJson('/v1/recommend', body, signal);

/** @param ids a JSON array. */
export const loadPapers: Load<PaperBatch> = async (ids, signal) =>
  ids === '[]' ? { papers: [], missing: [] } : postJson('/v1/papers/batch-get', `{"ids":${ids}}`, signal);

export function loadInfo(signal: AbortSignal): Promise<ServiceInfo> {
  return getJson('/v1/info', signal);
}

/** Turns whatever a load threw into something to show. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = 'The service could not be reached. Check that it is running and that you are online.';
  return new ApiError({ title: 'No answer', detail, code: 'network', status: 0 }, { cause: error });
}

/** Ids may hold slashes, colons, spaces: a path segment is always encoded. */
export function paperPath(id: string): string {
  return `/papers/${encodeURIComponent(id)}`;
}

function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  return fetchJson(path, { signal, headers: { accept: 'application/json', ...authorization() } });
}

function postJson<T>(path: string, body: string, signal: AbortSignal): Promise<T> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', ...authorization() };
  return fetchJson(path, { method: 'POST', signal, headers, body });
}

async function fetchJson<T>(path: string, request: RequestInit): Promise<T> {
  const response = await fetch(path, request);
  if (!response.ok) throw await readProblem(response);
  return (await response.json()) as T;
}

async function readProblem(response: Response): Promise<ApiError> {
  const { status } = response;
  const code = `http_${status}`;
  const fallback = `The service answered with status ${status}.`;
  // A proxy in between may answer in HTML, so the body is only read when it says that it is a problem.
  if (!response.headers.get('content-type')?.includes('json')) {
    return new ApiError({ title: 'Something went wrong', detail: fallback, code, status });
  }
  const problem = (await response.json()) as Problem;
  const fields = (problem.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
  const detail = [problem.detail ?? fallback, ...fields].join(' · ');
  return new ApiError({ title: problem.title, detail, code: problem.code ?? code, status });
}
