/**
 * Measures of one ranking against judgements. Pure; each takes the ids of a ranking, best first, and the grades of
 * the judged documents; what is not judged has grade 0. Each gives a number in [0, 1], 0 where nothing is relevant.
 */

/** Grade of each judged document, 0 and up; relevant from 1. */
export type Judgements = ReadonlyMap<string, number>;

/** Least grade that counts as relevant where a measure knows only yes and no. */
const RELEVANT_FROM = 1;

/** How many judged documents are relevant. */
export function relevantCount(judgements: Judgements): number {
  let relevant = 0;
  for (const grade of judgements.values()) if (grade >= RELEVANT_FROM) relevant++;
  return relevant;
}

/**
 * nDCG@k with linear gain, sum of grade / log2(rank + 1), over the best that the judgements allow.
 * Järvelin and Kekäläinen 2002, https://doi.org/10.1145/582415.582418, in the form of trec_eval's `ndcg_cut`
 * (https://github.com/usnistgov/trec_eval), which BEIR reports too; the gain 2^grade - 1 of web search is not used.
 */
export function ndcgAtK(ranking: readonly string[], judgements: Judgements, k: number): number {
  const ideal = [...judgements.values()].sort((a, b) => b - a);
  const best = discountedGain(ideal.slice(0, k));
  if (best === 0) return 0;
  return discountedGain(ranking.slice(0, k).map((id) => judgements.get(id) ?? 0)) / best;
}

/** Share of the relevant documents that are among the first k (trec_eval's `recall`). */
export function recallAtK(ranking: readonly string[], judgements: Judgements, k: number): number {
  const relevant = relevantCount(judgements);
  return relevant === 0 ? 0 : hits(ranking, judgements, k) / relevant;
}

/** Share of the first k places that hold a relevant document; an empty place holds none (trec_eval's `P`). */
export function precisionAtK(ranking: readonly string[], judgements: Judgements, k: number): number {
  return hits(ranking, judgements, k) / k;
}

/**
 * 1 / rank of the first relevant document, 0 where none is among the first k. Its mean over queries is MRR@k.
 * Voorhees 1999, The TREC-8 Question Answering Track Report, https://trec.nist.gov/pubs/trec8/papers/qa_report.pdf
 */
export function reciprocalRankAtK(ranking: readonly string[], judgements: Judgements, k = Number.POSITIVE_INFINITY): number {
  const place = ranking.findIndex((id) => (judgements.get(id) ?? 0) >= RELEVANT_FROM);
  return place === -1 || place >= k ? 0 : 1 / (place + 1);
}

/**
 * The reciprocal rank to expect of a random order of `total` documents of which `relevant` are relevant, exactly:
 * the sum over r of 1/r times the chance that the first relevant one is at rank r.
 */
export function expectedReciprocalRank(total: number, relevant: number): number {
  let expected = 0;
  let noneBefore = 1;
  for (let rank = 1; rank <= total - relevant + 1 && relevant > 0; rank++) {
    const left = total - rank + 1;
    expected += (noneBefore * (relevant / left)) / rank;
    noneBefore *= 1 - relevant / left;
  }
  return expected;
}

function discountedGain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0);
}

function hits(ranking: readonly string[], judgements: Judgements, k: number): number {
  return ranking.slice(0, k).filter((id) => (judgements.get(id) ?? 0) >= RELEVANT_FROM).length;
}
