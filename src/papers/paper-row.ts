/** A paper as a row of the database, both ways, and the rule by which a draft changes a stored paper. */
import type { Paper, PaperDraft, PaperRecord } from '../paper.ts';

const encoder = new TextEncoder();

export interface PaperRow {
  id: string;
  title: string;
  abstract: string;
  /** JSON array of strings. */
  authors: string;
  author_count: number | null;
  published_at: string | null;
  /** JSON array of strings. */
  categories: string;
  venue: string | null;
  url: string | null;
  source: string | null;
  version: number | null;
}

export function paperFromRow(row: PaperRow): Paper {
  return {
    id: row.id,
    title: row.title,
    abstract: row.abstract,
    // Written by `rowFromPaper` alone: an array of strings.
    authors: JSON.parse(row.authors) as string[],
    authorCount: row.author_count,
    publishedAt: row.published_at,
    categories: JSON.parse(row.categories) as string[],
    venue: row.venue,
    url: row.url,
    source: row.source,
    version: row.version,
  };
}

/** The fields in the order of `paperFromRow`; names and categories are JSON already. */
export function recordFromRow(row: PaperRow): PaperRecord {
  const { id, published_at: publishedAt } = row;
  const json =
    `{"id":${JSON.stringify(id)},"title":${JSON.stringify(row.title)},"abstract":${JSON.stringify(row.abstract)},"authors":${row.authors},` +
    `"authorCount":${row.author_count},"publishedAt":${JSON.stringify(publishedAt)},"categories":${row.categories},` +
    `"venue":${JSON.stringify(row.venue)},"url":${JSON.stringify(row.url)},"source":${JSON.stringify(row.source)},` +
    `"version":${row.version}}`;
  return { id, publishedAt, json: encoder.encode(json) };
}

export function rowFromPaper(paper: Paper): PaperRow {
  return {
    id: paper.id,
    title: paper.title,
    abstract: paper.abstract,
    authors: JSON.stringify(paper.authors),
    author_count: paper.authorCount,
    published_at: paper.publishedAt,
    categories: JSON.stringify(paper.categories),
    venue: paper.venue,
    url: paper.url,
    source: paper.source,
    version: paper.version,
  };
}

/** True for an earlier version of the work than the one that is stored: a late arrival. */
export function isOutdated(stored: Paper, draft: PaperDraft): boolean {
  return typeof draft.version === 'number' && stored.version !== null && draft.version < stored.version;
}

/** What a draft makes of a stored paper: what it does not say stays; authors that are named are counted. */
export function mergePaper(stored: Paper | undefined, draft: PaperDraft): Paper {
  const kept = <K extends keyof Paper & keyof PaperDraft>(key: K, empty: Paper[K]): Paper[K] => {
    const said: Paper[K] | undefined = draft[key] as Paper[K] | undefined;
    return said !== undefined ? said : (stored?.[key] ?? empty);
  };
  const counted = draft.authorCount === undefined && draft.authors !== undefined;
  return {
    id: draft.id,
    title: draft.title,
    abstract: kept('abstract', ''),
    authors: kept('authors', []),
    authorCount: counted ? draft.authors?.length || null : kept('authorCount', null),
    publishedAt: kept('publishedAt', null),
    categories: kept('categories', []),
    venue: kept('venue', null),
    url: kept('url', null),
    source: kept('source', null),
    version: kept('version', null),
  };
}
