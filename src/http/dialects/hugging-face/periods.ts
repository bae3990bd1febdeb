/** A day, a week or a month as the dates that lie in it. */
import type { ListRange } from '../../../papers/paper-store.ts';

export interface Period {
  date?: string | undefined;
  /** ISO 8601: `2024-W01` begins on the Monday of the week that holds 4 January. */
  week?: string | undefined;
  month?: string | undefined;
}

const DAY_MS = 86_400_000;
const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);

/** Undefined where no period is given. */
export function datesOf({ date, week, month }: Period): ListRange['dated'] {
  if (date !== undefined) return { from: date, before: isoDay(Date.parse(date) + DAY_MS) };
  if (week !== undefined) {
    const [year = '', number = ''] = week.split('-W');
    const fourth = Date.parse(`${year}-01-04`);
    const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS + (Number(number) - 1) * 7 * DAY_MS;
    return { from: isoDay(monday), before: isoDay(monday + 7 * DAY_MS) };
  }
  // `-~` stands behind every day of the month.
  return month === undefined ? undefined : { from: month, before: `${month}-~` };
}
