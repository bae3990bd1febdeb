/** The evidence that two records are versions of one work: titles, authors and abstracts together. */
import type { Paper } from '../paper.ts';
import { parseWorkId } from '../paper-id.ts';
import { type AuthorEvidence, compareAuthors, surnames } from './author-evidence.ts';
import { resemblance, type ShingleReader, type Shingles } from './shingles.ts';
import { type TitleWords, titleWords } from './title-words.ts';

/** What is compared of a paper. */
export interface WorkTraits {
  onArxiv: boolean;
  /** It has a venue that is no preprint server, or a DOI. */
  isPublished: boolean;
  publishedAt: string | null;
  title: TitleWords;
  /** Read at the first call. */
  surnames(): ReadonlySet<string>;
  abstract: Shingles;
}

/** A venue that only keeps manuscripts. */
const PREPRINT_VENUE = /^\s*(?:arxiv|corr|biorxiv|medrxiv|chemrxiv|psyarxiv|ssrn|hal|zenodo|preprints?|research square)\b/i;
/** How alike a title and the same without its subtitle are. */
const SUBTITLE_DROPPED = 0.8;
/** The most that two titles can be alike without being equal: the same words in another order, or in another spelling. */
const SAME_WORDS = 0.95;
/** A title of so many words names one work, if it is not of a series. */
const DISTINCTIVE_WORDS = 4;
/** Fewer sampled shingles (a hundred letters) say nothing under another title: "This paper has been withdrawn by the author". */
const TELLING_SHINGLES = 25;
/** Resemblances from here on are looked for with sketches first. */
const SKETCHED = 0.15;
/** Half of it: a sketch is a sample. Below two shared shingles it is chance. */
const SKETCHED_AT_LEAST = 0.07;
const SHARED_AT_LEAST = 2;
const NEVER = Number.POSITIVE_INFINITY;

/** @param again the same paper, asked for where more of it has to be read: few are, and what is kept is small without their texts. */
export function workTraits(paper: Paper, read: ShingleReader, again: () => Paper): WorkTraits {
  const { id, title, abstract, publishedAt } = paper;
  let names: ReadonlySet<string> | undefined;
  return {
    onArxiv: id.startsWith('arxiv:'),
    isPublished: isPublished(paper),
    publishedAt,
    title: titleWords(title),
    surnames() {
      names ??= surnames(again().authors);
      return names;
    },
    abstract: read(abstract, () => again().abstract),
  };
}

function isPublished({ id, url, venue }: Paper): boolean {
  if (venue !== null && venue.trim() !== '' && !PREPRINT_VENUE.test(venue)) return true;
  // Of a work id the prefix says what it is; a bare number may be anyone's own.
  return [id, url ?? ''].some((text) => parseWorkId(text)?.id.startsWith('doi:'));
}

/** Whether abstracts whose sketches share so many shingles may resemble each other by `SKETCHED` or more. */
function mayResemble(a: WorkTraits, b: WorkTraits, sharedSketch: number): boolean {
  const all = a.abstract.sketch.length + b.abstract.sketch.length - sharedSketch;
  return sharedSketch >= SHARED_AT_LEAST && sharedSketch >= SKETCHED_AT_LEAST * all;
}

/**
 * Symmetric, and of nothing but the two: never for titles with other numbers, parts or kinds (`marks`); else where the
 * abstracts resemble each other as much as titles and authors leave to be shown. `docs/adr/0012-one-work-one-hit.md`.
 * @param sharedSketch shingles that the sketches of the two abstracts share.
 */
export function sameWork(a: WorkTraits, b: WorkTraits, sharedSketch: number): boolean {
  const sameTitle = a.title.key !== '' && a.title.key === b.title.key;
  const may = mayResemble(a, b, sharedSketch);
  const distinctive = sameTitle && !a.title.parts().generic && a.title.parts().words.size >= DISTINCTIVE_WORDS;
  if ((!may && !distinctive) || a.title.parts().marks !== b.title.parts().marks) return false;
  const authors = compareAuthors(a.surnames(), b.surnames());
  const needed = sameTitle ? neededUnderOneTitle(a, b, authors) : neededUnderTwo(a, b, authors);
  if (needed === 0) return true;
  if (needed === NEVER || (needed >= SKETCHED && !may)) return false;
  return resemblance(a.abstract, b.abstract) >= needed;
}

/** The resemblance that abstracts under one title need. */
function neededUnderOneTitle(a: WorkTraits, b: WorkTraits, authors: AuthorEvidence): number {
  if (a.title.parts().generic) return 0.8;
  if (authors === 'disagree') return 0.5;
  if (a.title.parts().words.size < DISTINCTIVE_WORDS) return SKETCHED;
  // Abstracts are rewritten between versions, but not to the last three words.
  return authors === 'agree' || a.abstract.sample().length === 0 || b.abstract.sample().length === 0 ? 0 : 0.02;
}

/** The resemblance that abstracts under two titles need. */
function neededUnderTwo(a: WorkTraits, b: WorkTraits, authors: AuthorEvidence): number {
  const title = titleSimilarity(a.title, b.title);
  if (authors === 'disagree' || Math.min(a.abstract.sample().length, b.abstract.sample().length) < TELLING_SHINGLES) return NEVER;
  // All versions on arXiv have one id: two ids are two works until the texts say otherwise.
  if (a.onArxiv && b.onArxiv) return title < 0.5 ? NEVER : Math.min(0.95, 1.6 - title);
  if (authors === 'agree') return Math.min(0.8, Math.max(0.2, 1.2 - title));
  return title < 0.5 ? NEVER : Math.max(0.5, 1.4 - title);
}

/** Of two titles that are not equal, in [0, 0.95]: shared words over all words. */
function titleSimilarity(a: TitleWords, b: TitleWords): number {
  const [left, right] = [a.parts().words, b.parts().words];
  let shared = 0;
  for (const word of left) if (right.has(word)) shared++;
  const words = Math.min(SAME_WORDS, shared / Math.max(1, left.size + right.size - shared));
  return a.headKey === b.key || a.key === b.headKey ? Math.max(words, SUBTITLE_DROPPED) : words;
}
