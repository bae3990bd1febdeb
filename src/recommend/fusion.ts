/** One ranking of two: by meaning and by words. */
import { byScore } from '../vectors/vector-index.ts';
import type { Ranked } from './list.ts';

/** How much of a fused score is by meaning; the rest is by words. `npm run bench:fusions`, docs/quality.md. */
const MEANING = 0.4;

/**
 * Fuses two rankings by a convex combination of their scores, each scaled to [0, 1]: cosines from the least that was ranked to the
 * greatest, BM25 from 0, which a paper without any of the words has, to the greatest. What a ranking lacks has nothing of it; a paper
 * that is first in both has 1.
 * Bruch, Gai and Ingber 2023, An Analysis of Fusion Functions for Hybrid Retrieval, https://doi.org/10.1145/3596512
 * @returns best first, equal scores by id.
 */
export function fuse(dense: readonly Ranked[], lexical: readonly Ranked[]): Ranked[] {
  const scores = new Map<string, number>();
  const [top, floor] = [dense[0]?.score ?? 0, dense.at(-1)?.score ?? 0];
  // Where all are equally near, meaning tells nothing apart: each has all of its share.
  for (const { id, score } of dense) scores.set(id, MEANING * (top === floor ? 1 : (score - floor) / (top - floor)));
  const greatest = lexical[0]?.score ?? 0;
  for (const { id, score } of lexical) {
    scores.set(id, (scores.get(id) ?? 0) + (1 - MEANING) * (greatest === 0 ? 1 : score / greatest));
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort(byScore);
}

/**
 * The same, to any depth: what is fused of the first `ends[0]` of each ranking comes first, then what `ends[1]` of each adds, and so
 * on, so that a longer list begins as a shorter one does. Scores of a later block go on below the last of the one before.
 * @param ends ascending.
 */
export function fuseInBlocks(dense: readonly Ranked[], lexical: readonly Ranked[], ends: readonly number[]): Ranked[] {
  const fused: Ranked[] = [];
  const seen = new Set<string>();
  for (const end of ends) {
    const block = fuse(dense.slice(0, end), lexical.slice(0, end)).filter(({ id }) => !seen.has(id));
    const greatest = block[0]?.score ?? 0;
    const share = greatest === 0 ? 0 : Math.min(1, (fused.at(-1)?.score ?? 1) / greatest);
    for (const { id, score } of block) {
      seen.add(id);
      fused.push({ id, score: score * share });
    }
  }
  return fused;
}
