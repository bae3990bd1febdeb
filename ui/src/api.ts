/** Where the page asks the service, which is where the page came from. */
import { createClient, PaperkinError } from '@paperkin/client';
import { keptApiKey } from './api-key.ts';

/** A reader is told sooner than a program that the service is busy. */
const MAX_RETRY_AFTER_S = 5;

export const client = createClient({ baseUrl: '', apiKey: keptApiKey(), maxRetryAfterS: MAX_RETRY_AFTER_S });

/** @param question of which nothing but its JSON tells it from others. */
export type Load<Q, T> = (question: Q, signal: AbortSignal) => Promise<T>;

/** Turns whatever a load threw into something to show. */
export function toApiError(error: unknown): PaperkinError {
  if (error instanceof PaperkinError) return error;
  const words = { status: 0, code: 'page', title: 'Something went wrong', detail: 'The page could not read the answer.' };
  return new PaperkinError(words, { cause: error });
}

/** Ids may hold slashes, colons, spaces: a path segment is always encoded. */
export function paperPath(id: string): string {
  return `/papers/${encodeURIComponent(id)}`;
}
