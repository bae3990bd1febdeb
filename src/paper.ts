/** The nouns every room shares: a paper, its id, and what a caller may send as one. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalId, parseWorkId } from './paper-id.ts';
import { textSchema } from './text-schema.ts';

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

/** Spelled out, for other languages read it in the OpenAPI document. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const PRINTABLE = /^[^\u0000-\u001f\u007f-\u009f]+$/;
const SURROGATE = /\p{Cs}/u;
/** A real day, or a month or a year alone. */
const DATE = new RegExp(`^(?:\\d{4}|\\d{4}-(?:0[1-9]|1[0-2])|${z.regexes.date.source.replace(/^\^|\$$/g, '')})$`);

/** True for `YYYY`, `YYYY-MM` and `YYYY-MM-DD` that name a real day. */
export function isPublishedAt(text: string): boolean {
  return DATE.test(text);
}

export const publishedAtSchema = z
  .string('must be a date as YYYY, YYYY-MM or YYYY-MM-DD')
  .trim()
  .regex(DATE, 'must be a date as YYYY, YYYY-MM or YYYY-MM-DD');

const ID_MEANING = 'Unique id of a paper, 1 to 256 printable characters';

/** An id as it is stored. */
export const storedIdSchema = textSchema(256)
  .regex(PRINTABLE, 'must be printable text')
  .refine((id) => !SURROGATE.test(id), 'must be whole characters')
  // Browsers take these two out of an address: such a paper could never be asked for.
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."')
  .describe(ID_MEANING);

/** An id as a caller writes it: any spelling of an arXiv id or a DOI with its prefix or as a link becomes the stored one. */
export const paperIdSchema = storedIdSchema.overwrite(canonicalId).describe(ID_MEANING);

const dateSchema = publishedAtSchema.describe('Date as YYYY, YYYY-MM or YYYY-MM-DD');

/** A paper as a caller sends it: only the title is needed. A field that is left out stays as it is stored. */
export const paperInputSchema = z
  .object({
    // As it is written: an arXiv id may say its version.
    id: storedIdSchema.optional(),
    title: textSchema(2_000).describe('Title, plain text; LaTeX is kept as it is'),
    abstract: z.string().max(50_000).trim().optional().describe('Abstract, at most 50,000 characters'),
    authors: z.array(textSchema(1_000)).max(10_000).optional().describe('Author names in order'),
    authorCount: z.int().min(1).max(100_000).nullish().describe('Number of authors, where names are not known'),
    publishedAt: dateSchema.nullish(),
    date: dateSchema.nullish().describe('The same as publishedAt'),
    categories: z.array(textSchema(200)).max(100).optional().describe('Subject classes such as cs.CL'),
    venue: textSchema(500).nullish(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .nullish(),
    source: textSchema(200).nullish(),
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
