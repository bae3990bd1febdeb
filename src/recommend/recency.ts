/** Newer papers first, as far as asked for: a half-life on scores. */

const DAY_MS = 86_400_000;

/**
 * What a score is multiplied by: one half for each half-life of age. A paper from the future is as new as can be; a year alone stands
 * for its middle, a month for its 15th.
 * @param publishedAt `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
 * @param halfLife days, above 0.
 * @param now milliseconds since 1970.
 */
export function recencyFactor(publishedAt: string, halfLife: number, now: number): number {
  const [year = 0, month, day] = publishedAt.split('-').map(Number);
  const date = Date.UTC(year, (month ?? 7) - 1, day ?? (month === undefined ? 1 : 15));
  return 2 ** (-Math.max(0, now - date) / DAY_MS / halfLife);
}
