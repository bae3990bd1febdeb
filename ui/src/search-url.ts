/** The address bar is the page's state: this file reads a search from it and writes one to it. */

export const MODES = ['hybrid', 'dense', 'lexical'] as const;
export type Mode = (typeof MODES)[number];

export interface Search {
  q: string;
  mode: Mode;
  /** 1 to 200, the server's own limit. */
  k: number;
}

export const K_STEP = 20;
export const K_MAX = 200;

/** A hand-edited address is brought into range, never an error. */
export function readSearch(query: Record<string, string>): Search {
  const k = Math.trunc(Number(query['k'] ?? K_STEP));
  return {
    q: (query['q'] ?? '').trim(),
    mode: MODES.find((mode) => mode === query['mode']) ?? 'hybrid',
    k: k >= 1 ? Math.min(k, K_MAX) : K_STEP,
  };
}

/** Defaults are left out, so that the plain search has the plain address. */
export function searchHref({ q, mode, k }: Search): string {
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (mode !== 'hybrid') params.set('mode', mode);
  if (k !== K_STEP) params.set('k', String(k));
  return q === '' ? '/' : `/?${params}`;
}

export function searchPath({ q, mode, k }: Search): string {
  return `/v1/search?${new URLSearchParams({ q, k: String(k), mode })}`;
}
