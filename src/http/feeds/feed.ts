/** A feed of papers, whatever it is written as: the papers that stand first for a question, newest first. */
import { createHash } from 'node:crypto';
import { type Paper, readRecord } from '../../paper.ts';
import type { Hit } from '../../recommend/answer.ts';

export interface FeedEntry {
  /** Stays with the paper, whatever is asked and wherever. */
  id: string;
  title: string;
  abstract: string;
  authors: string[];
  categories: string[];
  /** RFC 3339, null where no date is known; the first day of a month or a year alone. */
  published: string | null;
  /** Where the paper is, its page here where that is not known. */
  url: string;
  /** Its page here, with papers like it. */
  page: string;
}

export interface Feed {
  /** Stays with the question. */
  id: string;
  title: string;
  /** The page that shows the same. */
  home: string;
  self: string;
  /** Of the newest entry, RFC 3339: no clock has a part in it. */
  updated: string;
  entries: FeedEntry[];
}

export interface FeedParts {
  /** Tells this feed from every other; as data, in the same order each time. */
  question: object;
  title: string;
  home: string;
  self: string;
  /** Where the service is reached, without a slash at its end. */
  base: string;
}

/** For papers and feeds that say no date: a time that is later than none. */
export const NO_DATE = '1970-01-01T00:00:00Z';

export function feedOf(hits: readonly Hit[], { question, base, ...rest }: FeedParts): Feed {
  const entries = hits
    .slice()
    .sort((a, b) => compareDates(b.paper.publishedAt, a.paper.publishedAt) || a.rank - b.rank)
    .map(({ paper }) => entryOf(readRecord(paper), base));
  const digest = createHash('sha256').update(JSON.stringify(question)).digest('hex');
  const updated = entries[0]?.published ?? NO_DATE;
  return { id: `urn:paperkin:feed:${digest.slice(0, 32)}`, ...rest, updated, entries };
}

function entryOf({ id, title, abstract, authors, categories, publishedAt, url }: Paper, base: string): FeedEntry {
  const name = encodeURIComponent(id);
  const page = `${base}/papers/${name}`;
  return {
    id: `urn:paperkin:paper:${name}`,
    title,
    abstract,
    authors,
    categories,
    published: publishedAt === null ? null : `${`${publishedAt}-01-01`.slice(0, 'YYYY-MM-DD'.length)}T00:00:00Z`,
    url: url ?? page,
    page,
  };
}

/** Undated is older than all. */
function compareDates(a: string | null, b: string | null): number {
  const [left, right] = [a ?? '', b ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}
