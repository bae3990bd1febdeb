/** From what is asked on the wire to what the recommender takes, and the cursor of the next page. */
import { AppError, invalidInput } from '../errors.ts';
import { fnv1a } from '../fnv.ts';
import { type PaperConditions, type PaperFilter, paperConditionsSchema } from '../paper-filter.ts';
import type { AskOptions } from '../recommend/recommender.ts';
import { MAX_K } from './schemas.ts';

/** What every way to ask has in common, parsed. */
interface Asked {
  k: number;
  fold: boolean;
  diversity: number;
  recency?: number | undefined;
  sort: 'score' | 'date';
  minScore?: number | undefined;
  cursor?: string | undefined;
  explain?: boolean | undefined;
}

export interface AskedOptions extends AskOptions {
  /** Of the question, whichever page of it is asked for. */
  fingerprint: string;
}

/** Results before the page, and the fingerprint of the question. */
const CURSOR = /^(\d{1,3})-([0-9a-z]+)$/;

/**
 * @param what the question itself: a cursor goes on with the one it came from alone.
 * @throws AppError `invalid_input` for a cursor that is not of this question.
 */
export function askOptions(asked: Asked, filter: PaperFilter | undefined, what: object): AskedOptions {
  const { k, cursor, fold, diversity, recency = null, sort, minScore = null, explain } = asked;
  const fingerprint = fingerprintOf(JSON.stringify([what, filter, fold, diversity, recency, sort, minScore]));
  const offset = cursor === undefined ? 0 : offsetOf(cursor, fingerprint);
  return { k: Math.min(k, MAX_K - offset), offset, fold, diversity, recency, sort, minScore, explain, filter, fingerprint };
}

/** Null on the last page. */
export function nextCursor({ offset, k, fingerprint }: AskedOptions, more: boolean): string | null {
  const next = offset + k;
  return more && next < MAX_K ? `${next}-${fingerprint}` : null;
}

/** Tells questions apart that are asked by mistake with each other's cursor: 64 bits, and no secret. */
function fingerprintOf(question: string): string {
  return fnv1a(question).toString(36) + fnv1a(question, question.length).toString(36);
}

function offsetOf(cursor: string, fingerprint: string): number {
  const [, offset, of] = CURSOR.exec(cursor) ?? [];
  const before = Number(offset ?? 0);
  if (before < 1 || before >= MAX_K) throw badCursor('must be the nextCursor of an earlier answer');
  if (of !== fingerprint) throw badCursor('is of another question: ask as before, or leave it out');
  return before;
}

function badCursor(message: string): AppError {
  return new AppError('invalid_input', `cursor: ${message}`, { issues: [{ path: 'cursor', message }] });
}

const CONDITIONS = Object.keys(paperConditionsSchema.shape) as (keyof PaperConditions)[];

/**
 * The conditions among the parameters of a query string; undefined where there are none.
 * @param what holds them, for who is told of a fault.
 */
export function filterOfParams(params: PaperConditions, what = 'querystring'): PaperFilter | undefined {
  const given = CONDITIONS.filter((name) => params[name] !== undefined);
  if (given.length === 0) return undefined;
  const parsed = paperConditionsSchema.safeParse(Object.fromEntries(given.map((name) => [name, params[name]])));
  if (!parsed.success) throw invalidInput(what, parsed.error);
  return parsed.data;
}
