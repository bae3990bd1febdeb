import type { PaperId } from '../paper.ts';

/** How much a rank counts for in `reciprocalRankFusion`; Cormack et al. 2009 found 60 good on every TREC set they tried. */
const RRF_K = 60;

/**
 * Fuses rankings by reciprocal rank: a paper's score is the sum over the rankings of 1 / (60 + rank), ranks from 1,
 * scaled so that a paper that is first in all of them has 1.
 * Cormack, Clarke and Büttcher 2009, https://doi.org/10.1145/1571941.1572114
 * @returns best first, equal scores by id.
 */
export function reciprocalRankFusion(rankings: readonly (readonly { id: PaperId }[])[]): { id: PaperId; score: number }[] {
  const best = rankings.length / (RRF_K + 1);
  const scores = new Map<PaperId, number>();
  for (const ranking of rankings) {
    for (const [i, { id }] of ranking.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (RRF_K + i + 1) / best);
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/**
 * The same, to any depth: what is fused of the first `ends[0]` of each ranking comes first, then what `ends[1]` of each adds, and so
 * on, so that a longer list begins as a shorter one does. Scores of a later block go on below the last of the one before.
 * @param ends ascending.
 */
export function fuseInBlocks(
  rankings: readonly (readonly { id: PaperId }[])[],
  ends: readonly number[],
): { id: PaperId; score: number }[] {
  const fused: { id: PaperId; score: number }[] = [];
  const seen = new Set<PaperId>();
  for (const end of ends) {
    const block = reciprocalRankFusion(rankings.map((ranking) => ranking.slice(0, end))).filter(({ id }) => !seen.has(id));
    const share = Math.min(1, (fused.at(-1)?.score ?? 1) / (block[0]?.score ?? 1));
    for (const { id, score } of block) {
      seen.add(id);
      fused.push({ id, score: score * share });
    }
  }
  return fused;
}
