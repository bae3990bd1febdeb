/** The part of the HTTP API's answers that the page reads; the server's zod schemas are the truth. */

export interface Paper {
  id: string;
  title: string;
  abstract: string;
  authors: string[];
  /** Known even where the names are not. */
  authorCount: number | null;
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: as exact as the source is. */
  publishedAt: string | null;
  categories: string[];
  venue: string | null;
  url: string | null;
  source: string | null;
}

export interface Recommendation {
  /** From 1. */
  rank: number;
  /** Higher is better; its range depends on how the list was ranked (see `score-badge.tsx`). */
  score: number;
  paper: Paper;
  /** Ids of other versions of the same work. */
  versions: string[];
  /** Where it was asked for. */
  why?: Why;
  /** Of a recommendation: what each seed gave to the score. */
  contributions?: Contribution[];
}

export interface Contribution {
  list: 'like' | 'dislike';
  /** Where the seed is a paper; else it is the text. */
  id?: string;
  /** Below 0 for what is disliked and near. */
  score: number;
}

/** Why a paper is in an answer. */
export interface Why {
  /** The sentence of the paper that brought it there; null where the model reads nothing of it. */
  match: { hit: { field: 'title' | 'abstract'; start: number; end: number } } | null;
  /** Rare words that it shares with what was asked. */
  terms: string[];
}

export interface Ranking {
  results: Recommendation[];
  /** Null on the last page. */
  nextCursor: string | null;
  /** Of the papers that were asked with. */
  seeds?: {
    missing: string[];
    /** Left out of the results: other versions of a seed. */
    folded: string[];
  };
  tookMs: { total: number; embed: number; search: number; explain: number };
}

export interface PaperBatch {
  papers: Paper[];
  missing: string[];
}

export interface PaperPage {
  papers: Paper[];
  nextCursor: string | null;
}

export interface ServiceInfo {
  version: string;
  papers: number;
  model: { name: string; dim: number };
}

/** RFC 9457, with the service's stable `code`. */
export interface Problem {
  title: string;
  detail?: string;
  code?: string;
  errors?: { path: string; message: string }[];
}
