/** The address bar is the page's state: this file reads a search from it and writes one to it. */

export const MODES = ['hybrid', 'dense', 'lexical'] as const;
export type Mode = (typeof MODES)[number];

/** Which papers may be results; empty where it does not matter. */
export interface Refinement {
  /** Years. */
  from: string;
  to: string;
  category: string;
  author: string;
}

export interface Search {
  q: string;
  mode: Mode;
  /** 1 to 200, the server's own limit. */
  k: number;
  refinement: Refinement;
  /** Say of each paper why it is there. */
  why: boolean;
}

export const K_STEP = 20;
export const K_MAX = 200;

const YEAR = /^\d{4}$/;
const LONGEST = 200;

/** A hand-edited address is brought into range, never an error. */
export function readSearch(query: Record<string, string>): Search {
  const k = Math.trunc(Number(query['k'] ?? K_STEP));
  return {
    q: (query['q'] ?? '').trim(),
    mode: MODES.find((mode) => mode === query['mode']) ?? 'hybrid',
    k: k >= 1 ? Math.min(k, K_MAX) : K_STEP,
    refinement: readRefinement(query),
    why: query['why'] === 'true',
  };
}

/** What is no year is left out, and two years in the wrong order are turned round. */
export function readRefinement(given: Partial<Record<string, string>>): Refinement {
  const year = (name: string) => (YEAR.test(given[name]?.trim() ?? '') ? (given[name]?.trim() ?? '') : '');
  // A condition without a letter or a digit is none.
  const words = (name: string) => (/[\p{L}\p{N}]/u.test(given[name] ?? '') ? (given[name] ?? '').trim().slice(0, LONGEST) : '');
  const [from, to] = [year('from'), year('to')];
  const turned = from !== '' && to !== '' && from > to;
  return { from: turned ? to : from, to: turned ? from : to, category: words('category'), author: words('author') };
}

/** Defaults are left out, so that the plain search has the plain address. */
export function searchHref({ q, mode, k, refinement, why }: Search): string {
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (mode !== 'hybrid') params.set('mode', mode);
  if (k !== K_STEP) params.set('k', String(k));
  for (const [name, value] of Object.entries(refinement)) if (value !== '') params.set(name, value);
  if (why) params.set('why', 'true');
  return q === '' ? '/' : `/?${params}`;
}

export function searchPath({ q, mode, k, refinement, why }: Search): string {
  const params = new URLSearchParams({ q, k: String(k), mode });
  for (const [name, value] of Object.entries(refinement)) if (value !== '') params.set(name, value);
  if (why) params.set('explain', 'true');
  return `/v1/search?${params}`;
}
