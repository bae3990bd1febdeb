/** Ways to make one ranking of two, by rank or by score. */
import { byScore } from '#dist/vectors/vector-index.js';

export interface Scored {
  id: string;
  score: number;
}

/** What is known of a query beside its rankings. */
export interface AskedText {
  words: number;
  /** Share of its different words that BM25 searches. */
  searched: number;
}

export type Fuse = (dense: Scored[], lexical: Scored[], asked: AskedText) => Scored[];

/** How much the ranking by meaning counts, of 1. */
type Share = number | ((asked: AskedText, dense: readonly Scored[]) => number);

function shareOf(share: Share, asked: AskedText, dense: readonly Scored[]): number {
  return typeof share === 'number' ? share : share(asked, dense);
}

/** Sums what `of` makes of each part. */
function fused(parts: readonly { ranking: readonly Scored[]; of: (hit: Scored, place: number) => number }[]): Scored[] {
  const sums = new Map<string, number>();
  for (const { ranking, of } of parts) {
    for (const [place, hit] of ranking.entries()) sums.set(hit.id, (sums.get(hit.id) ?? 0) + of(hit, place));
  }
  return [...sums].map(([id, score]) => ({ id, score })).sort(byScore);
}

/** Cormack et al. 2009. */
const rrf =
  (k: number, share: Share = 0.5): Fuse =>
  (dense, lexical, asked) => {
    const part = shareOf(share, asked, dense);
    return fused([
      { ranking: dense, of: (_, place) => part / (k + place + 1) },
      { ranking: lexical, of: (_, place) => (1 - part) / (k + place + 1) },
    ]);
  };

/** Convex combination of scores scaled from the least possible to the greatest found: Bruch et al. 2023, https://doi.org/10.1145/3596512 */
const scores =
  (share: Share): Fuse =>
  (dense, lexical, asked) => {
    const part = shareOf(share, asked, dense);
    const [top, floor] = [dense[0]?.score ?? 1, dense.at(-1)?.score ?? 0];
    const greatest = lexical[0]?.score ?? 1;
    return fused([
      { ranking: dense, of: ({ score }) => (part * (score - floor)) / Math.max(1e-9, top - floor) },
      { ranking: lexical, of: ({ score }) => ((1 - part) * score) / Math.max(1e-9, greatest) },
    ]);
  };

/** Mean and standard deviation of the scores; 1 for the latter where all are the same. */
function distribution(ranking: readonly Scored[]): { mean: number; spread: number } {
  const count = Math.max(1, ranking.length);
  const mean = ranking.reduce((sum, { score }) => sum + score, 0) / count;
  const spread = Math.sqrt(ranking.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / count) || 1;
  return { mean, spread };
}

/** Sum of standard scores, each over its own hundred; what is missing counts as the least found. */
const standard =
  (share: number): Fuse =>
  (dense, lexical) => {
    const scale = (ranking: readonly Scored[]) => {
      const { mean, spread } = distribution(ranking);
      const least = ((ranking.at(-1)?.score ?? mean) - mean) / spread;
      return ({ score }: Scored) => (score - mean) / spread - least;
    };
    const [ofDense, ofLexical] = [scale(dense), scale(lexical)];
    return fused([
      { ranking: dense, of: (hit) => share * ofDense(hit) },
      { ranking: lexical, of: (hit) => (1 - share) * ofLexical(hit) },
    ]);
  };

/** How far the nearest stands out among its hundred, in standard deviations: some 2 to 6. */
function standsOut(dense: readonly Scored[]): number {
  const { mean, spread } = distribution(dense);
  return ((dense[0]?.score ?? 0) - mean) / spread;
}

/** From .3 to .5. */
const bySpread = (dense: readonly Scored[]) => 0.3 + 0.2 * Math.min(1, Math.max(0, (standsOut(dense) - 2) / 4));

export const FUSIONS: readonly (readonly [string, Fuse])[] = [
  ...[5, 10, 20, 60, 120].map((k) => [`rrf ${k}`, rrf(k)] as const),
  ...[0.3, 0.4, 0.6].map((share) => [`rrf 60, meaning ${share}`, rrf(60, share)] as const),
  ...[0.3, 0.4].map((share) => [`rrf 20, meaning ${share}`, rrf(20, share)] as const),
  ['rrf 60, meaning .6 above 12 words else .4', rrf(60, ({ words }) => (words > 12 ? 0.6 : 0.4))] as const,
  ['rrf 60, meaning .4 above 12 words else .6', rrf(60, ({ words }) => (words > 12 ? 0.4 : 0.6))] as const,
  ...[0.2, 0.3, 0.4, 0.5, 0.6].map((share) => [`scores, meaning ${share}`, scores(share)] as const),
  ['scores, meaning .4 and .2 of what BM25 leaves out', scores(({ searched }) => 0.4 + 0.2 * (1 - searched))] as const,
  ['scores, meaning .4 and .6 of what BM25 leaves out', scores(({ searched }) => 0.4 + 0.6 * (1 - searched))] as const,
  ['scores, meaning .3 to .5, more where the nearest stands out', scores((_, dense) => bySpread(dense))] as const,
  ['scores, meaning .3 to .5, less where the nearest stands out', scores((_, dense) => 0.8 - bySpread(dense))] as const,
  ...[0.3, 0.4, 0.5, 0.6].map((share) => [`standard scores, meaning ${share}`, standard(share)] as const),
];
