/** Papers as another source, an editor or a later version would write them, by what was changed. */
import type { Paper } from '#dist/paper.js';

export type Variant = (paper: Paper) => Partial<Paper>;

const BRITISH: readonly (readonly [RegExp, string])[] = [
  [/\b(\w+[^aeiou\W])iz(e[ds]?|ing|ation|ations)\b/gi, '$1is$2'],
  [/\b(behavi|col|fav|neighb|lab)or/gi, '$1our'],
  [/\b(mod|lab|trav|canc|sign)el(ed|ing)\b/gi, '$1ell$2'],
  [/\bcenter/gi, 'centre'],
  [/\banalyz/gi, 'analys'],
];

const LATEX: readonly (readonly [RegExp, string])[] = [
  [/é/g, "{\\'e}"],
  [/ö/g, '{\\"o}'],
  [/ü/g, '{\\"u}'],
  [/&/g, '\\&'],
  [/α/g, '$\\alpha$'],
  [/β/g, '$\\beta$'],
  [/\b(via|for|with)\b/i, '\\emph{$1}'],
  [/\b(\d)D\b/g, '$$$1$$D'],
];

/** Each changes one thing. A paper that a variant leaves as it is, is not counted for it. */
export const VARIANTS: Record<string, Variant> = {
  'title in capitals': ({ title }) => ({ title: title.toUpperCase() }),
  'title without punctuation': ({ title }) => ({
    title: title
      .replace(/[-:,.!?'’"()]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  }),
  'title in LaTeX': ({ title }) => ({ title: replaced(title, LATEX) }),
  'subtitle dropped': ({ title }) => ({ title: title.replace(/:\s.*$/s, '') }),
  'first half of the abstract': ({ abstract }) => ({ abstract: abstract.slice(0, abstract.length / 2) }),
  'a sentence of the abstract changed': ({ abstract }) => ({ abstract: withoutSentence(abstract) }),
  'no abstract': () => ({ abstract: '' }),
  'British spelling': ({ title, abstract }) => ({ title: replaced(title, BRITISH), abstract: replaced(abstract, BRITISH) }),
  'initials instead of names': ({ authors }) => ({ authors: authors.map(initials) }),
  'no authors': () => ({ authors: [] }),
};

/** Several at once, as between two sources: the subtitle, a sentence, names and spelling. */
export const ALL_AT_ONCE: Variant = (paper) => {
  const changed = { ...paper };
  for (const kind of ['subtitle dropped', 'a sentence of the abstract changed', 'British spelling', 'initials instead of names']) {
    Object.assign(changed, VARIANTS[kind]?.(changed));
  }
  return changed;
};

function replaced(text: string, pairs: readonly (readonly [RegExp, string])[]): string {
  return pairs.reduce((changed, [from, to]) => changed.replace(from, to), text);
}

/** The middle one replaced by a sentence that says little. */
function withoutSentence(text: string): string {
  const sentences = text.split(/(?<=[.!?])\s+/);
  if (sentences.length < 3) return text;
  return sentences
    .map((sentence, i) => (i === sentences.length >> 1 ? 'We refer the reader to the full text for it.' : sentence))
    .join(' ');
}

function initials(name: string): string {
  const words = name.split(' ');
  return [...words.slice(0, -1).map((word) => `${word.charAt(0)}.`), words.at(-1) ?? ''].join(' ');
}
