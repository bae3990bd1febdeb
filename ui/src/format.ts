/** How facts about a paper are put in words. */
import type { Paper } from '@paperkin/client';

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?$/;

/**
 * `2025-08-27` to `27 August 2025`, `2025-08` to `August 2025`, `2025` as it is; anything else unchanged.
 * Built and printed in UTC: a date without a time is a day on the calendar, the same for every reader.
 */
export function formatDate(publishedAt: string): string {
  const [, year, month, day] = DATE.exec(publishedAt) ?? [];
  if (year === undefined) return publishedAt;
  if (month === undefined) return year;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? '1')));
  const format = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: 'long',
    timeZone: 'UTC',
    ...(day === undefined ? {} : { day: 'numeric' }),
  });
  return format.format(date);
}

/** `3 authors`, or null when nobody counted them. */
export function formatAuthorCount({ authors, authorCount }: Paper): string | null {
  const count = authorCount ?? (authors.length > 0 ? authors.length : null);
  return count === null ? null : formatCount(count, 'author');
}

/** `Ada, Bob, Cy and 3 more`, or null when the names are not known. */
export function formatAuthorNames({ authors, authorCount }: Paper, atMost: number): string | null {
  if (authors.length === 0) return null;
  const named = authors.slice(0, atMost).join(', ');
  const more = Math.max(authorCount ?? 0, authors.length) - Math.min(atMost, authors.length);
  return more > 0 ? `${named} and ${more.toLocaleString('en')} more` : named;
}

/** `1 paper`, `1,204 papers`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `12 ms`; below one, `under 1 ms`. */
export function formatMs(ms: number): string {
  return ms < 1 ? 'under 1 ms' : `${Math.round(ms).toLocaleString('en')} ms`;
}

/** `0.31`, `−0.04`; what rounds to nought has no sign. */
export function formatScore(score: number, digits = 2): string {
  return score
    .toFixed(digits)
    .replace(/^-(?=[0.]+$)/, '')
    .replace('-', '−');
}
