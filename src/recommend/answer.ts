/** What every way of asking answers with. */
import type { PaperId, PaperRecord } from '../paper.ts';
import type { NearestPlan } from './nearest.ts';
import type { ReadingWarning } from './reading-warnings.ts';
import type { Why } from './why.ts';

export interface Hit {
  /** From 1. */
  rank: number;
  /**
   * Higher is better; comparable within one answer. Cosine for dense, BM25 for lexical, fused ranks in (0, 1] for hybrid;
   * for several seeds as `scoreBySeeds` says. With a recency half-life it is what is left of that.
   */
  score: number;
  paper: PaperRecord;
  /** Other versions of the same work, best first. */
  versions: PaperId[];
  /** Of a recommendation: one for each seed that was used, in the order of the request, likes first. */
  contributions?: Contribution[];
  /** Where it was asked for. */
  why?: Why;
}

/** What one seed gave to the score of a hit: all of them sum to it, up to rounding. Negative for what is disliked and near. */
export interface Contribution {
  list: 'like' | 'dislike';
  /** Place in that list of the request, from 0. */
  index: number;
  /** Where the seed is a stored paper. */
  id?: PaperId;
  score: number;
}

/** How the answer was found. */
export interface Plan {
  strategy: 'hybrid' | 'dense' | 'lexical';
  /** Null where no graph was searched. */
  efSearch: number | null;
  /** Papers that were ranked before the cut to a page. */
  candidates: number;
  /** How the nearest by meaning were found; null where none were asked for. */
  nearest: Pick<NearestPlan, 'method' | 'matches' | 'why'> | null;
}

/** Milliseconds each; 0 where there was none of it. `total` is the sum of `embed`, `search`, `fuse` and `explain`. */
export interface Timings {
  total: number;
  /** Of which, where it is one text: the wait for a process, the tokenizer and the model. The rest is the way there and back. */
  embed: number;
  queue: number;
  tokenize: number;
  infer: number;
  search: number;
  /** The rankings by meaning and by words made one. */
  fuse: number;
  /** 0 where no explanation was asked for. */
  explain: number;
}

/** What became of the papers a recommendation was asked for. */
export interface SeedReport {
  used: PaperId[];
  /** Ids that are not stored. */
  missing: PaperId[];
  /** Papers left out of the results because they are other versions of those used. */
  folded: PaperId[];
}

export interface Answer {
  results: Hit[];
  /** True when there is more to page to. */
  more: boolean;
  plan: Plan;
  tookMs: Timings;
  seeds?: SeedReport;
  /** What the model could not read well of the texts asked with. */
  warnings: ReadingWarning[];
}
