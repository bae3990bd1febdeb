/** The nouns every room shares: a paper, its id, and what a caller may send as one. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalId, parseWorkId } from './paper-id.ts';

/** The public name of a paper: any printable text of 1 to 256 characters, unique in a store. */
export type PaperId = string;

export interface Paper {
  id: PaperId;
  title: string;
  /** May be empty: many records have a title only. */
  abstract: string;
  /** Names in order, as many as the source gives. */
  authors: string[];
  /** Known even where the names are not; null when unknown. */
  authorCount: number | null;
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: as exact as the source is; null when unknown. */
  publishedAt: string | null;
  categories: string[];
  venue: string | null;
  url: string | null;
  /** Where the record came from (`daily-papers`, `arxiv`, a file's own word); null when unknown. */
  source: string | null;
  /** Which version of the work this is (the 2 of `arXiv:2301.00001v2`); null when unknown. A lower one never overwrites it. */
  version: number | null;
}

const decoder = new TextDecoder();

/** A stored paper as it goes over the wire. */
export interface PaperRecord {
  id: PaperId;
  publishedAt: string | null;
  /** The `Paper` as JSON, its fields in order, UTF-8. */
  json: Uint8Array;
}

export function readRecord({ json }: PaperRecord): Paper {
  // Written by the store alone.
  return JSON.parse(decoder.decode(json)) as Paper;
}

const PRINTABLE = /^[^\p{Cc}\p{Cs}]+$/u;
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

/** True for `YYYY`, `YYYY-MM` and `YYYY-MM-DD` that name a real day. */
export function isPublishedAt(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const [, year, month = '01', day = '01'] = match;
  const iso = `${year}-${month}-${day}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
}

const ID_MEANING = 'Unique id of a paper, 1 to 256 printable characters';

/** An id as it is stored. */
export const storedIdSchema = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(PRINTABLE, 'must be printable text')
  // Browsers take these two out of an address: such a paper could never be asked for.
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."')
  .describe(ID_MEANING);

/** An id as a caller writes it: any spelling of an arXiv id or a DOI with its prefix or as a link becomes the stored one. */
export const paperIdSchema = storedIdSchema.overwrite(canonicalId).describe(ID_MEANING);

const publishedAtSchema = z
  .string()
  .trim()
  .refine(isPublishedAt, 'must be a date as YYYY, YYYY-MM or YYYY-MM-DD')
  .describe('Date as YYYY, YYYY-MM or YYYY-MM-DD');

const shortText = (max: number) => z.string().trim().min(1).max(max);

/** A paper as a caller sends it: only the title is needed. A field that is left out stays as it is stored. */
export const paperInputSchema = z
  .object({
    // As it is written: an arXiv id may say its version.
    id: storedIdSchema.optional(),
    title: shortText(2_000).describe('Title, plain text; LaTeX is kept as it is'),
    abstract: z.string().trim().max(50_000).optional().describe('Abstract, at most 50,000 characters'),
    authors: z.array(shortText(1_000)).max(10_000).optional().describe('Author names in order'),
    authorCount: z.int().min(1).max(100_000).nullish().describe('Number of authors, where names are not known'),
    publishedAt: publishedAtSchema.nullish(),
    date: publishedAtSchema.nullish().describe('The same as publishedAt'),
    categories: z.array(shortText(200)).max(100).optional().describe('Subject classes such as cs.CL'),
    venue: shortText(500).nullish(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .nullish(),
    source: shortText(200).nullish(),
    version: z.int().min(1).max(9_999).nullish().describe('Version of the work; a lower one never overwrites a higher one'),
  })
  .describe('A paper to store');

export type PaperInput = z.infer<typeof paperInputSchema>;

/** A paper to write, parsed: it has an id, and what is `undefined` was not said. */
export interface PaperDraft {
  id: PaperId;
  title: string;
  abstract?: string | undefined;
  authors?: string[] | undefined;
  authorCount?: number | null | undefined;
  publishedAt?: string | null | undefined;
  categories?: string[] | undefined;
  venue?: string | null | undefined;
  url?: string | null | undefined;
  source?: string | null | undefined;
  version?: number | null | undefined;
}

/** Lower case, letters and digits only: what makes two spellings of one title the same. */
export function normaliseTitle(title: string): string {
  return title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The id of a paper that came without one: `dp-` and 12 hex digits of sha256 of its normalised title. */
export function idFromTitle(title: string): PaperId {
  const normalised = normaliseTitle(title);
  return `dp-${createHash('sha256')
    .update(normalised === '' ? title : normalised)
    .digest('hex')
    .slice(0, 12)}`;
}

export function draftFromInput(input: PaperInput): PaperDraft {
  const { date, id, ...rest } = input;
  const work = id === undefined ? null : parseWorkId(id);
  return {
    ...rest,
    id: work?.id ?? id ?? idFromTitle(input.title),
    publishedAt: input.publishedAt ?? date,
    version: input.version ?? work?.version ?? undefined,
  };
}
