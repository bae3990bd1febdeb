/** One work, one hit: versions of one work in a ranked list become one hit with the others named beside it. */
import type { PaperId, PaperRecord } from '../paper.ts';
import { createMeetings, type Pair } from './meetings.ts';
import { sameWork, type WorkTraits } from './same-work.ts';
import { createWorks } from './works.ts';

/** A paper of a ranked list. Ids are unique in a list. */
export interface Candidate {
  id: PaperId;
  paper: PaperRecord;
}

/** One work. */
export interface Fold<C extends Candidate> {
  /** The version that stands for it. */
  chosen: C;
  /** The version that comes first in the list. */
  best: C;
  /** Ids of all but the chosen one, in the order of the list. */
  versions: PaperId[];
}

/**
 * Makes what folds the versions of each work. The list keeps its order, by the best version of each work.
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
export function createFolder(): <C extends Candidate>(candidates: readonly C[]) => Fold<C>[] {
  const workOf = createWorks();
  const findMeetings = createMeetings();

  return <C extends Candidate>(candidates: readonly C[]): Fold<C>[] => {
    const works = candidates.map(({ paper }) => workOf(paper));
    const pairs = findMeetings(works).filter(({ i, j, shared }) => {
      const [a, b] = [works[i], works[j]];
      return a !== undefined && b !== undefined && sameWork(a, b, shared);
    });
    if (pairs.length === 0) return candidates.map((candidate) => ({ chosen: candidate, best: candidate, versions: [] }));
    const rootOf = connect(candidates.length, pairs);
    const folds = new Map<number, { best: C; members: C[] }>();
    for (const [i, candidate] of candidates.entries()) {
      const fold = folds.get(rootOf(i));
      if (fold === undefined) folds.set(rootOf(i), { best: candidate, members: [candidate] });
      else fold.members.push(candidate);
    }
    return [...folds.values()].map(({ best, members }) => {
      const chosen = members.reduce((a, b) => (isBefore(b, a, workOf) ? b : a));
      return { chosen, best, versions: members.filter((member) => member !== chosen).map(({ id }) => id) };
    });
  };
}

/** Groups by union-find (Tarjan 1975, https://doi.org/10.1145/321879.321884): the smallest index stands for its group. */
function connect(count: number, pairs: readonly Pair[]): (i: number) => number {
  const parents = Uint32Array.from({ length: count }, (_, i) => i);
  const rootOf = (i: number) => {
    let root = i;
    while ((parents[root] ?? root) !== root) {
      parents[root] = parents[parents[root] ?? root] ?? root;
      root = parents[root] ?? root;
    }
    return root;
  };
  for (const { i, j } of pairs) {
    const [a, b] = [rootOf(i), rootOf(j)];
    parents[Math.max(a, b)] = Math.min(a, b);
  }
  return rootOf;
}

/** Whether `a` stands for a work rather than `b`. */
function isBefore(a: Candidate, b: Candidate, workOf: (record: PaperRecord) => WorkTraits): boolean {
  const [left, right] = [workOf(a.paper), workOf(b.paper)];
  if (left.isPublished !== right.isPublished) return left.isPublished;
  const [date, otherDate] = [left.publishedAt ?? '', right.publishedAt ?? ''];
  return date === otherDate ? a.id < b.id : date > otherDate;
}
