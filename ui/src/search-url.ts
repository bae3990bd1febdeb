/** The address bar is the page's state: this file reads a search from it, writes one to it, and puts it to the API. */
import type { PaperConditions, RecommendRequest, SearchRequest } from '@paperkin/client';
import { addPicks, type Picks, readPicks, withPicks } from './picks.ts';

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
  picks: Picks;
}

export const K_STEP = 20;
export const K_MAX = 200;

/** Where papers like the chosen ones are. */
export const LIKE_THESE = '/like-these';

const YEAR = /^\d{4}$/;
const LONGEST = 200;

/** A hand-edited address is brought into range, never an error. */
export function readSearch(url: string): Search {
  const query = Object.fromEntries(new URL(url, location.origin).searchParams);
  const k = Math.trunc(Number(query['k'] ?? K_STEP));
  return {
    q: (query['q'] ?? '').trim(),
    mode: MODES.find((mode) => mode === query['mode']) ?? 'hybrid',
    k: k >= 1 ? Math.min(k, K_MAX) : K_STEP,
    refinement: readRefinement(query),
    why: query['why'] === 'true',
    picks: readPicks(url),
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

export const NO_REFINEMENT = readRefinement({});

export function isRefined({ refinement }: Search): boolean {
  return conditionsOf(refinement).length > 0;
}

export function searchHref(search: Search): string {
  return search.q === '' ? withPicks('/', search.picks) : href('/', search);
}

export function likeTheseHref(search: Search): string {
  return href(LIKE_THESE, search);
}

/** Defaults are left out, so that the plain search has the plain address. */
function href(path: string, { q, mode, k, refinement, why, picks }: Search): string {
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (mode !== 'hybrid') params.set('mode', mode);
  if (k !== K_STEP) params.set('k', String(k));
  for (const [name, value] of conditionsOf(refinement)) params.set(name, value);
  if (why) params.set('why', 'true');
  addPicks(params, picks);
  return params.size === 0 ? path : `${path}?${params}`;
}

export function searchRequest({ q, mode, k, refinement, why }: Search): SearchRequest {
  return { q, k, mode, explain: why, ...filterOf(refinement) };
}

/** What the feed of a search is asked with. */
export function searchFeedParams({ q, mode, refinement }: Search): URLSearchParams {
  return new URLSearchParams([['q', q], ['mode', mode], ...conditionsOf(refinement)]);
}

/** What the feed of papers like some is asked with. */
export function likeTheseFeedParams(search: Search, picks: Picks): URLSearchParams {
  const text = likedText(search);
  const params = new URLSearchParams([...(text === '' ? [] : [['q', text]]), ...conditionsOf(search.refinement)]);
  addPicks(params, picks);
  return params;
}

/**
 * The text of a search as one of the likes; empty where it is none. A text that demands or excludes words is none:
 * the words of papers are not looked at where they are to be like others.
 */
export function likedText({ q }: Search): string {
  return /["“”]|(^|\s)-/.test(q) ? '' : q;
}

/** The text comes behind the papers. */
export function recommendRequest(search: Search, { like, dislike }: Picks): RecommendRequest {
  const text = likedText(search);
  return {
    like: [...like.map((id) => ({ id })), ...(text === '' ? [] : [{ text }])],
    dislike: dislike.map((id) => ({ id })),
    k: search.k,
    explain: search.why,
    ...filterOf(search.refinement),
  };
}

function filterOf(refinement: Refinement): { filter?: PaperConditions } {
  const conditions = conditionsOf(refinement);
  return conditions.length === 0 ? {} : { filter: Object.fromEntries(conditions) };
}

function conditionsOf(refinement: Refinement): [string, string][] {
  return Object.entries(refinement).filter(([, value]) => value !== '');
}
