/** The papers that a reader wants more of and less of: read from an address, changed, written to one. Order is that of choosing. */

export interface Picks {
  like: readonly string[];
  dislike: readonly string[];
}

export type Taste = keyof Picks;

export const TASTES = ['like', 'dislike'] as const satisfies readonly Taste[];

export const NO_PICKS: Picks = { like: [], dislike: [] };

/** Each list of a request has room for a hundred; so many are enough to choose by hand and to see at a glance. */
const MAX_PICKS = 50;

/** Characters of an address that the picks may take: with a question and filters it stays below the 2,000 that pass everywhere. */
const MAX_LENGTH = 1_500;

/** What may be an id, as the service has it. */
const ID = /^(?!\.{1,2}$)[^\p{Cc}\p{Cs}]{1,256}$/u;

/** A hand-edited address is brought into bounds: no id twice, liked wins, and what is too much is left out. */
export function readPicks(url: string): Picks {
  const params = paramsOf(url);
  const picks: Record<Taste, string[]> = { like: [], dislike: [] };
  const seen = new Set<string>();
  let length = 0;
  for (const taste of TASTES) {
    for (const id of params.getAll(taste).map((text) => text.trim())) {
      if (!ID.test(id) || seen.has(id)) continue;
      length += lengthOf(id, taste);
      if (seen.size === MAX_PICKS || length > MAX_LENGTH) return picks;
      seen.add(id);
      picks[taste].push(id);
    }
  }
  return picks;
}

export function tasteOf({ like, dislike }: Picks, id: string): Taste | undefined {
  if (like.includes(id)) return 'like';
  return dislike.includes(id) ? 'dislike' : undefined;
}

export function withoutPick({ like, dislike }: Picks, id: string): Picks {
  return { like: like.filter((one) => one !== id), dislike: dislike.filter((one) => one !== id) };
}

/** Moves a paper from one list to the other where it is in that; unchanged where there is no room. */
export function withPick(picks: Picks, id: string, taste: Taste): Picks {
  const rest = withoutPick(picks, id);
  const next = { ...rest, [taste]: [...rest[taste], id] };
  const lengths = TASTES.flatMap((one) => next[one].map((other) => lengthOf(other, one)));
  const length = lengths.reduce((sum, more) => sum + more, 0);
  return lengths.length <= MAX_PICKS && length <= MAX_LENGTH ? next : picks;
}

/** True where there is no room for one more of an ordinary id. */
export function isFull(picks: Picks): boolean {
  return withPick(picks, 'x'.repeat(24), 'dislike') === picks;
}

export function countOf({ like, dislike }: Picks): number {
  return like.length + dislike.length;
}

export function samePicks(a: Picks, b: Picks): boolean {
  return TASTES.every((taste) => a[taste].length === b[taste].length && a[taste].every((id, i) => id === b[taste][i]));
}

export function addPicks(params: URLSearchParams, picks: Picks): void {
  for (const taste of TASTES) for (const id of picks[taste]) params.append(taste, id);
}

/** The same address with these picks and no others. */
export function withPicks(href: string, picks: Picks): string {
  const { pathname, hash } = new URL(href, location.origin);
  const params = paramsOf(href);
  for (const taste of TASTES) params.delete(taste);
  addPicks(params, picks);
  return `${pathname}${params.size === 0 ? '' : `?${params}`}${hash}`;
}

function lengthOf(id: string, taste: Taste): number {
  return `&${taste}=${encodeURIComponent(id)}`.length;
}

function paramsOf(href: string): URLSearchParams {
  return new URL(href, location.origin).searchParams;
}
