/**
 * The nearest of some papers, exactly: bounds from int8 rows for all of them, true vectors for those few that can be among
 * the best. In slices, so that a long scan does not keep the thread.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { PaperId } from '../paper.ts';
import type { Int8Rows } from './int8-rows.ts';
import { byScore, type Neighbour, type Standing } from './vector-index.ts';

const SLICE_MS = 5;
/** Rows between two looks at the clock. */
const ROWS_A_LOOK = 256;
/** Candidates kept before the hopeless ones are dropped, in k: sorting now and then costs less than a heap. */
const KEPT = 4;

export interface Scanned {
  rows: Int8Rows;
  labels: ReadonlyMap<PaperId, number>;
  /** The vector (length dim) at one of `labels`. */
  vectorAt(label: number): readonly number[];
}

export interface ScanOptions {
  k: number;
  /** The papers that may be found. */
  among: readonly PaperId[] | 'all';
  /** Papers that are left out. */
  left: ReadonlySet<PaperId>;
}

/** A paper whose true score is between two bounds. */
interface Candidate {
  id: PaperId;
  label: number;
  least: number;
  most: number;
}

/**
 * The k nearest to `query` (length dim), best first, fewer only when there are fewer. Papers may come, go and be replaced
 * between two slices: what is found is there at the end, at the score of a vector that it had meanwhile.
 */
export async function scan(scanned: Scanned, query: readonly number[], options: ScanOptions): Promise<Neighbour[]> {
  for (;;) {
    const candidates = await select(scanned, query, options);
    const found = await rescore(scanned, query, options.k, candidates);
    if (found !== undefined) return found;
    // One of the best went, and what it kept out is forgotten. That again hits one of so few is unlikely.
  }
}

/** Every paper that can be one of the k best, and some more. */
async function select({ rows, labels }: Scanned, query: readonly number[], { k, among, left }: ScanOptions): Promise<Candidate[]> {
  const numbers = Float64Array.from(query);
  const queryLength = Math.hypot(...query);
  const done = new Set(left);
  let kept: Candidate[] = [];
  let room = KEPT * k;
  /** k papers have at least this score. */
  let floor = Number.NEGATIVE_INFINITY;
  let looked = 0;
  let sliceBegan = performance.now();
  for (const id of among === 'all' ? labels.keys() : among) {
    if (++looked % ROWS_A_LOOK === 0 && performance.now() - sliceBegan > SLICE_MS) {
      await yieldToOthers();
      sliceBegan = performance.now();
    }
    const label = labels.get(id);
    if (label === undefined) continue;
    const score = rows.dot(label, numbers);
    const error = rows.errorOf(label) * queryLength;
    if (score + error < floor || done.has(id)) continue;
    done.add(id);
    kept.push({ id, label, least: score - error, most: score + error });
    if (kept.length < room) continue;
    const least = kept.map((candidate) => candidate.least).sort((a, b) => b - a);
    floor = least[k - 1] ?? floor;
    kept = kept.filter(({ most }) => most >= floor);
    // Many equal ones may stay: without more room each newcomer would sort them all.
    room = Math.max(room, 2 * kept.length);
  }
  return kept.sort((a, b) => b.most - a.most);
}

/** The k best by their true scores; undefined when one of them was removed or replaced. */
async function rescore(
  { labels, vectorAt }: Scanned,
  query: readonly number[],
  k: number,
  candidates: readonly Candidate[],
): Promise<Neighbour[] | undefined> {
  const found: Neighbour[] = [];
  /** A vector costs more than sorting a few scores, not than sorting many. */
  const step = Math.ceil(k / 16);
  let sliceBegan = performance.now();
  for (const [i, { id, label, most }] of candidates.entries()) {
    if (i >= k && (i - k) % step === 0 && (found.sort(byScore)[k - 1]?.score ?? most) > most) break;
    if (performance.now() - sliceBegan > SLICE_MS) {
      await yieldToOthers();
      sliceBegan = performance.now();
    }
    if (labels.get(id) !== label) return undefined;
    found.push({ id, score: dot(query, vectorAt(label)) });
  }
  const rescored = candidates.slice(0, found.length);
  if (rescored.some(({ id, label }) => labels.get(id) !== label)) return undefined;
  return found.sort(byScore).slice(0, k);
}

/** The true rank of one paper; undefined where it is not there. The true score only of those that bounds do not tell apart from it. */
export async function standingOf(
  { rows, labels, vectorAt }: Scanned,
  query: readonly number[],
  id: PaperId,
  { among, left }: Omit<ScanOptions, 'k'>,
): Promise<Standing | undefined> {
  const own = labels.get(id);
  if (own === undefined) return undefined;
  const score = dot(query, vectorAt(own));
  const numbers = Float64Array.from(query);
  const queryLength = Math.hypot(...query);
  let above = 0;
  let looked = 0;
  let sliceBegan = performance.now();
  for (const other of among === 'all' ? labels.keys() : among) {
    if (++looked % ROWS_A_LOOK === 0 && performance.now() - sliceBegan > SLICE_MS) {
      await yieldToOthers();
      sliceBegan = performance.now();
    }
    const label = labels.get(other);
    if (label === undefined || other === id || left.has(other)) continue;
    const near = rows.dot(label, numbers);
    const error = rows.errorOf(label) * queryLength;
    if (near + error < score) continue;
    if (near - error > score || byScore({ id: other, score: dot(query, vectorAt(label)) }, { id, score }) < 0) above++;
  }
  return { rank: above + 1, score };
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
