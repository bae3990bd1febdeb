/** What a person types: words, "phrases that must occur", -words and -"phrases" that must not. Pure; no input is an error. */
import type { PaperFilter } from './paper-filter.ts';

export interface ParsedQuery {
  /** What is embedded and ranked: all but what is excluded. Empty where nothing else was typed. */
  text: string;
  phrases: string[];
  excluded: string[];
}

/**
 * A sign begins after white space or an opening bracket, so that `state-of-the-art` and `5" disks` are plain text. A quote
 * ends where no letter follows it. What is not closed, or holds no letter or digit, is plain text.
 */
const SIGN =
  /(?<=^|[\s([{])(?:(-?)["“”]([^"“”]*[\p{L}\p{N}][^"“”]*)["“”](?![\p{L}\p{N}])|-([\p{L}\p{N}](?:[^\s"“”]*[\p{L}\p{M}\p{N}])?))/gu;

export function parseQuery(query: string): ParsedQuery {
  const phrases: string[] = [];
  const excluded: string[] = [];
  const text = query.replace(SIGN, (_, minus: string | undefined, quoted: string | undefined, word: string | undefined) => {
    const said = (quoted ?? word ?? '').replace(/\s+/g, ' ').trim();
    if (word !== undefined || minus === '-') {
      excluded.push(said);
      return '';
    }
    phrases.push(said);
    return said;
  });
  return { text: text.replace(/\s+/g, ' ').trim(), phrases, excluded };
}

/** What the phrases and the exclusions ask of a paper; undefined where there are none. */
export function filterOfQuery({ phrases, excluded }: ParsedQuery): PaperFilter | undefined {
  const wanted: PaperFilter[] = phrases.map((phrase) => ({ phrase }));
  const unwanted: PaperFilter[] = excluded.map((text) => (text.includes(' ') ? { phrase: text } : { word: text }));
  const parts: PaperFilter[] = unwanted.length === 0 ? wanted : [...wanted, { not: { or: unwanted } }];
  const [first] = parts;
  return parts.length > 1 ? { and: parts } : first;
}
