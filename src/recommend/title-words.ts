/** What of a title tells works apart, whatever its case, punctuation, LaTeX and accents. */
import { fnv1a } from '../fnv.ts';
import { keyOfPlain, plainTitle } from '../plain-title.ts';

export interface TitleWords {
  /** All letters and digits in a row: equal for two spellings of one title. */
  key: string;
  /** The same of what stands before the subtitle; the key where there is none. */
  headKey: string;
  /** A number for each of the two, one where they are one; titles with none in common have no key in common. */
  hashes: Int32Array;
  /** Made at the first call: most titles of a list are like no other. */
  parts(): TitleParts;
}

interface TitleParts {
  words: ReadonlySet<string>;
  /** Numbers, parts and kinds of document: two works of one series differ in nothing else. */
  marks: string;
  /** What stands for many works: a proceedings volume, an overview, an erratum, an introduction. */
  generic: boolean;
}

const SUBTITLE = /[:?!]\s|\s[-–—]+\s|\.\s/;

const NUMBERS: Record<string, string> = {};
for (const [i, names] of [
  'i one first 1st',
  'ii two second 2nd',
  'iii three third 3rd',
  'iv four fourth 4th',
  'v five fifth 5th',
  'vi six sixth 6th',
  'vii seven seventh 7th',
  'viii eight eighth 8th',
  'ix nine ninth 9th',
  'x ten tenth 10th',
  'xi eleven eleventh 11th',
  'xii twelve twelfth 12th',
].entries()) {
  for (const name of names.split(' ')) NUMBERS[name] = String(i + 1);
}
/** Letters that are a number only where a part is counted: at an end, or behind one of `COUNTED`. */
const LETTERS = new Set(['i', 'v', 'x']);
const COUNTED = new Set(['part', 'volume', 'vol', 'paper', 'chapter', 'section', 'book', 'lecture', 'phase', 'track', 'task']);
/** Another document than the one that it is about. */
const ABOUT =
  /^(?:errat(?:um|a)|corrigend(?:um|a)|corrections?|addend(?:um|a)|comments?|commentary|repl(?:y|ies)|response|rejoinder|retraction|discussion)$/;
/** A title that begins with one of these, or ends with one, stands for many works. */
const GENERIC =
  /^(?:proceedings|overview|findings|report|preface|foreword|editorial|introduction|abstracts?|sessions?|plenary|keynotes?|workshop|challenge|panel)$/;
const ARTICLES = new Set(['a', 'an', 'the']);

export function titleWords(title: string): TitleWords {
  const plain = plainTitle(title);
  const key = keyOfPlain(plain);
  const cut = plain.search(SUBTITLE);
  const headKey = cut === -1 ? key : keyOfPlain(plain.slice(0, cut)) || key;
  let parts: TitleParts | undefined;
  return {
    key,
    headKey,
    hashes: Int32Array.from(key === headKey ? [key] : [key, headKey], (one) => fnv1a(one)),
    parts() {
      parts ??= partsOf(plain);
      return parts;
    },
  };
}

function partsOf(plain: string): TitleParts {
  const tokens = plain.split(/[^\p{L}\p{N}]+/u).filter((token) => token !== '');
  const marks: string[] = [];
  for (const [i, token] of tokens.entries()) {
    const counted = COUNTED.has(tokens[i - 1] ?? '');
    const number = LETTERS.has(token) && !counted && i < tokens.length - 1 ? undefined : NUMBERS[token];
    if (number !== undefined) marks.push(number);
    else if (counted && token.length === 1) marks.push(token);
    else if (ABOUT.test(token)) marks.push(token.slice(0, 4));
    else marks.push(...(token.match(/\d+/g) ?? []).map((digits) => String(Number(digits))));
  }
  return {
    words: new Set(tokens.map(stem)),
    marks: marks.sort().join(' '),
    generic: [tokens.find((token) => !ARTICLES.has(token)) ?? '', tokens.at(-1) ?? ''].some(
      (token) => GENERIC.test(token) || ABOUT.test(token),
    ),
  };
}

/** Plurals and the usual differences of British and American spelling: one word of a title. What it joins wrongly does no harm. */
function stem(word: string): string {
  return word
    .replace(/(?<=..)s$/, '')
    .replace(/(?<=..)our/, 'or')
    .replace(/(?<=..)is(?=e|ing|ation)/, 'iz')
    .replace(/ll(?=ed|ing|er)/, 'l')
    .replace(/(?<=..)re$/, 'er');
}
