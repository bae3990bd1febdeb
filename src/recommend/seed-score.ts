/** How near a paper is to what is liked and how far from what is disliked, and which seed had which part in it. */

/** What counts of a seed beside its vector. */
export interface SeedWeight {
  liked: boolean;
  /** Positive; only its ratio to the others of the same list counts. 2 is the same as the seed given twice. */
  weight: number;
}

export interface SeedScore {
  /** Higher is better, at most 1 where nothing is disliked; the cosine where there is one seed. */
  score: number;
  /** What each seed gave, in the order of the seeds; they sum to `score`. */
  parts: number[];
}

/**
 * How soft the maximum over the seeds is, in units of cosine: towards 0 the nearest seed alone counts, towards infinity
 * the mean of all. Measured by `npm run bench:strategies`, docs/quality.md.
 */
const SOFTNESS = 0.3;

/** How much nearness to what is disliked counts against nearness to what is liked. Rocchio's classic gamma / beta. */
export const DISLIKE_SHARE = 0.15 / 0.75;

/**
 * The soft maximum of the cosines to what is liked, less a share of that to what is disliked. The soft maximum of cosines
 * c of weights w is t * ln(sum(w * exp(c / t)) / sum(w)), with t the softness: the log-sum-exp of Boyd and Vandenberghe
 * 2004, Convex Optimization, section 3.1.5. Several query points, each of which draws its own neighbours, are those of
 * Wu et al. 2000, FALCON, CMU-CS-00-142.
 *
 * The part of a seed is its share of the soft maximum, w * exp(c / t) / sum(w * exp(c / t)), times that maximum: the share
 * is how fast the maximum grows with this seed's cosine. What is disliked gives with the sign turned.
 * @param cosines of the paper to each seed.
 */
export function scoreBySeeds(cosines: readonly number[], seeds: readonly SeedWeight[]): SeedScore {
  const parts = new Array<number>(seeds.length).fill(0);
  let score = 0;
  for (const liked of [true, false]) {
    let weights = 0;
    let powers = 0;
    for (const [i, seed] of seeds.entries()) {
      if (seed.liked !== liked) continue;
      const power = seed.weight * Math.exp((cosines[i] ?? 0) / SOFTNESS);
      parts[i] = power;
      powers += power;
      weights += seed.weight;
    }
    if (weights === 0) continue;
    const nearness = (liked ? 1 : -DISLIKE_SHARE) * SOFTNESS * Math.log(powers / weights);
    score += nearness;
    for (const [i, seed] of seeds.entries()) if (seed.liked === liked) parts[i] = ((parts[i] ?? 0) / powers) * nearness;
  }
  return { score, parts };
}
