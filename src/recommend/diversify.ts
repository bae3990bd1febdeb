/** A list that repeats itself less: maximal marginal relevance. */
import { dot } from './dot.ts';

export interface Candidate {
  /** Higher is better; only the order and the distances within one list matter. */
  score: number;
  /** Unit length; empty where there is none, which is like no other. */
  vector: Float32Array;
}

/**
 * Picks one candidate after the other: the one with the greatest `(1 - diversity) * relevance - diversity * nearness`, relevance the
 * score scaled to [0, 1] over the list, nearness the greatest cosine to one picked before.
 * Carbonell and Goldstein 1998, https://doi.org/10.1145/290941.291025
 * @param candidates best first.
 * @param diversity 0 leaves the order as it is, 1 asks for difference alone.
 * @param count how many to pick; the rest keep their order behind.
 * @returns places in `candidates`, each once.
 */
export function diversify(candidates: readonly Candidate[], diversity: number, count: number): number[] {
  const rest = candidates.map((_, place) => place);
  if (diversity === 0) return rest;
  const relevance = scaled(candidates.map(({ score }) => score));
  const nearness = new Float64Array(candidates.length);
  const picked: number[] = [];
  while (rest.length > 0 && picked.length < count) {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const [at, place] of rest.entries()) {
      const value = (1 - diversity) * (relevance[place] ?? 0) - diversity * (nearness[place] ?? 0);
      if (value > most) [best, most] = [at, value];
    }
    const [place = 0] = rest.splice(best, 1);
    picked.push(place);
    const vector = candidates[place]?.vector;
    if (vector === undefined) break;
    for (const other of rest) {
      const cosine = dot(vector, candidates[other]?.vector ?? vector);
      // Before the first pick nothing is near to anything; an opposite is as far as can be.
      nearness[other] = picked.length === 1 ? cosine : Math.max(nearness[other] ?? 0, cosine);
    }
  }
  return [...picked, ...rest];
}

/** To [0, 1]; all 1 where all are equal. */
function scaled(scores: readonly number[]): number[] {
  const [greatest, least] = [Math.max(...scores), Math.min(...scores)];
  return scores.map((score) => (greatest === least ? 1 : (score - least) / (greatest - least)));
}
