/** What a search is restricted to, in their parameters and as our filter. */
import { AppError } from '../../../errors.ts';
import { type PaperFilter, paperConditionsSchema } from '../../../paper-filter.ts';
import { categoriesOfField } from './fields-of-study.ts';

export interface SearchRestrictions {
  year?: string | undefined;
  publicationDateOrYear?: string | undefined;
  venue?: string | undefined;
  fieldsOfStudy?: string | undefined;
  /** What is not known of any paper here: nothing could keep the promise. */
  minCitationCount?: string | undefined;
  publicationTypes?: string | undefined;
  openAccessPdf?: string | undefined;
}

const MAX_NAMES = 30;
const UNKNOWN = ['minCitationCount', 'publicationTypes', 'openAccessPdf'] as const;

/** @throws AppError `invalid_input` for what cannot be read, or not be known. */
export function filterOf(asked: SearchRestrictions): PaperFilter | undefined {
  for (const name of UNKNOWN) {
    if (asked[name] !== undefined) throw unacceptable(name, asked[name], 'is not known of papers here: leave it out');
  }
  const { year, publicationDateOrYear, venue, fieldsOfStudy } = asked;
  const filters: PaperFilter[] = [];
  if (year !== undefined) filters.push(dates('year', year, '-'));
  if (publicationDateOrYear !== undefined) filters.push(dates('publicationDateOrYear', publicationDateOrYear, ':'));
  if (venue !== undefined) {
    filters.push({ or: namesOf('venue', venue).map((name) => conditions('venue', venue, { venue: name })) });
  }
  if (fieldsOfStudy !== undefined) {
    const categories = namesOf('fieldsOfStudy', fieldsOfStudy).flatMap((field) => {
      const found = categoriesOfField(field);
      if (found === undefined) throw unacceptable('fieldsOfStudy', fieldsOfStudy, `"${field}" is no field of study`);
      return found;
    });
    filters.push({ or: categories.map((category) => ({ category })) });
  }
  return filters.length === 0 ? undefined : { and: filters };
}

/** `a`, `a-b`, `a-`, `-b`, with whichever sign stands between the two. */
function dates(name: string, text: string, sign: '-' | ':'): PaperFilter {
  const [from = '', to = from, ...rest] = text.split(sign);
  if ((from === '' && to === '') || rest.length > 0) throw unacceptable(name, text, 'is no date and no range of dates');
  return conditions(name, text, { ...(from !== '' && { from }), ...(to !== '' && { to }) });
}

function namesOf(parameter: string, text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0 || names.length > MAX_NAMES) {
    throw unacceptable(parameter, text, `must be 1 to ${MAX_NAMES} names with commas between them`);
  }
  return names;
}

function conditions(name: string, text: string, given: object): PaperFilter {
  const parsed = paperConditionsSchema.safeParse(given);
  if (!parsed.success) throw unacceptable(name, text, parsed.error.issues.map(({ message }) => message).join('; '));
  return parsed.data;
}

/** In their words, with the reason behind them. */
export function unacceptable(name: string, value: string, reason: string): AppError {
  return new AppError('invalid_input', `Unacceptable query params: [${name}=${value}]: ${name} ${reason}`, {
    issues: [{ path: name, message: reason }],
  });
}
