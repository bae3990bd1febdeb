/** One work, one hit: versions of one work in a ranked list become one hit with the others named beside it. */
import type { Paper, PaperId } from '../paper.ts';
import { parseWorkId } from '../paper-id.ts';
import { sameWork, type WorkTraits, workTraits } from './same-work.ts';
import { shingleReader } from './shingles.ts';

/** A paper of a ranked list. Ids are unique in a list. */
export interface Candidate {
  id: PaperId;
  /** Higher is better. */
  score: number;
  paper: Paper;
}

/** One work: the version that stands for it, at the place and with the score of its best version. */
export interface Fold extends Candidate {
  /** Ids of the other versions, in the order of the list. */
  versions: PaperId[];
}

/** A venue that only keeps manuscripts. */
const PREPRINT_VENUE = /^\s*(?:arxiv|corr|biorxiv|medrxiv|chemrxiv|psyarxiv|ssrn|hal|zenodo|preprints?|research square)\b/i;

/**
 * Folds the versions of each work. The list keeps its order, by the best version of each work.
 *
 * - Two candidates are one work by `sameWork`. A fold is what hangs together by such pairs (transitive closure): versions
 *   drift, and the first and the last may share less than each with the one between. Whether two are one work depends on
 *   no other candidate, so that folding what was folded changes nothing.
 * - The representative is a published version (it has a venue that is no preprint server, or a DOI) before a preprint, then
 *   the newest (an unknown date is the oldest), then the first by id.
 *
 * Linear in the length of the texts; pairs are looked at only where titles are equal or sketches of abstracts meet.
 * @param candidates best first.
 */
export function foldVersions(candidates: readonly Candidate[]): Fold[] {
  const folds = new Map<number, Candidate[]>();
  const read = shingleReader();
  const rootOf = connect(candidates.map(({ paper }) => workTraits(paper, read)));
  for (const [i, candidate] of candidates.entries()) {
    const members = folds.get(rootOf(i));
    if (members === undefined) folds.set(rootOf(i), [candidate]);
    else members.push(candidate);
  }
  return [...folds.values()].map((members) => {
    const [best] = members;
    const chosen = members.reduce((a, b) => (before(b, a) ? b : a));
    return {
      id: chosen.id,
      score: best?.score ?? chosen.score,
      paper: chosen.paper,
      versions: members.filter((member) => member !== chosen).map(({ id }) => id),
    };
  });
}

/** Groups by union-find (Tarjan 1975, https://doi.org/10.1145/321879.321884): the smallest index stands for its group. */
function connect(traits: readonly WorkTraits[]): (i: number) => number {
  const parents = Uint32Array.from(traits, (_, i) => i);
  const rootOf = (i: number) => {
    let root = i;
    while ((parents[root] ?? root) !== root) {
      parents[root] = parents[parents[root] ?? root] ?? root;
      root = parents[root] ?? root;
    }
    return root;
  };
  const { shared, met } = sharedSketches(traits);
  const link = (cell: number) => {
    const [i, j] = [cell % traits.length, Math.floor(cell / traits.length)];
    const [a, b] = [traits[i], traits[j]];
    const [low, high] = [Math.min(rootOf(i), rootOf(j)), Math.max(rootOf(i), rootOf(j))];
    if (low !== high && a !== undefined && b !== undefined && sameWork(a, b, shared[cell] ?? 0)) parents[high] = low;
  };
  for (const same of byTitle(traits)) {
    for (const [at, j] of same.entries()) for (const i of same.slice(0, at)) link(j * traits.length + i);
  }
  for (const cell of met) link(cell);
  return rootOf;
}

/** Indices, ascending, of those whose titles are equal, or are once a subtitle is left out. */
function byTitle(traits: readonly WorkTraits[]): number[][] {
  const byKey = new Map<string, number[]>();
  for (const [i, { title }] of traits.entries()) {
    for (const key of title.key === title.headKey ? [title.key] : [title.key, title.headKey]) {
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, [i]);
      else same.push(i);
    }
  }
  return [...byKey.values()].filter((same) => same.length > 1);
}

interface SharedSketches {
  /** At the cell j * n + i, i < j: how many shingles the sketches of i and j share, 255 at most. */
  shared: Uint8Array;
  /** Cells of those that share at least two: one is chance. */
  met: number[];
}

function sharedSketches(traits: readonly WorkTraits[]): SharedSketches {
  const sketches = traits.map(({ abstract }) => abstract.sketch);
  const total = sketches.reduce((sum, { length }) => sum + length, 0);
  const shared = new Uint8Array(sketches.length ** 2);
  const met: number[] = [];
  // An open-addressed table of shingle -> its last place, each place leading to the one before: several times as fast as a Map.
  const bits = Math.max(4, 33 - Math.clz32(total));
  const heads = new Int32Array(2 ** bits).fill(-1);
  const before = new Int32Array(total);
  const shingles = new Int32Array(total);
  const owners = new Int32Array(total);
  let place = 0;
  for (let j = 0; j < sketches.length; j++) {
    const sketch = sketches[j] as Int32Array;
    for (let s = 0; s < sketch.length; s++) {
      const shingle = sketch[s] as number;
      let slot = Math.imul(shingle, 0x85ebca6b) >>> (32 - bits);
      let last = heads[slot] as number;
      while (last !== -1 && shingles[last] !== shingle) {
        slot = (slot + 1) & (heads.length - 1);
        last = heads[slot] as number;
      }
      if (last !== -1 && owners[last] === j) continue;
      for (let at = last; at !== -1; at = before[at] as number) {
        const cell = j * sketches.length + (owners[at] as number);
        const sum = (shared[cell] as number) + 1;
        if (sum === 2) met.push(cell);
        if (sum < 256) shared[cell] = sum;
      }
      shingles[place] = shingle;
      owners[place] = j;
      before[place] = last;
      heads[slot] = place++;
    }
  }
  return { shared, met };
}

/** Whether `a` stands for a work rather than `b`. */
function before(a: Candidate, b: Candidate): boolean {
  const [published, other] = [isPublished(a.paper), isPublished(b.paper)];
  if (published !== other) return published;
  const [date, otherDate] = [a.paper.publishedAt ?? '', b.paper.publishedAt ?? ''];
  return date === otherDate ? a.id < b.id : date > otherDate;
}

function isPublished({ id, url, venue }: Paper): boolean {
  if (venue !== null && venue.trim() !== '' && !PREPRINT_VENUE.test(venue)) return true;
  // Of a work id the prefix says what it is; a bare number may be anyone's own.
  return [id, url ?? ''].some((text) => parseWorkId(text)?.id.startsWith('doi:'));
}
