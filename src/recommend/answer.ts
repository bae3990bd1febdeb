/** What every way of asking answers with. */
import type { Paper, PaperId } from '../paper.ts';
import type { ReadingWarning } from './reading-warnings.ts';

export interface Hit {
  /** From 1. */
  rank: number;
  /** Higher is better; comparable within one answer. Cosine for dense, BM25 for lexical, fused ranks in (0, 1] for hybrid. */
  score: number;
  paper: Paper;
}

/** How the answer was found. */
export interface Plan {
  strategy: 'hybrid' | 'dense' | 'lexical';
  /** Null where no graph was searched. */
  efSearch: number | null;
  /** Papers that were ranked before the cut to k. */
  candidates: number;
}

export interface Timings {
  /** Milliseconds each; `embed` is 0 where nothing was embedded. */
  total: number;
  embed: number;
  search: number;
}

/** What became of the papers a recommendation was asked for. */
export interface SeedReport {
  used: PaperId[];
  /** Ids that are not stored, or not indexed yet. */
  missing: PaperId[];
}

export interface Answer {
  results: Hit[];
  plan: Plan;
  tookMs: Timings;
  seeds?: SeedReport;
  /** What the model could not read well of the texts asked with. */
  warnings: ReadingWarning[];
}
