/** The rare words that two texts share. */

import { isStopWord } from '../papers/lexical-query.ts';
import type { PaperStore, TermFrequency } from '../papers/paper-store.ts';
import { createRecentCache } from '../recent-cache.ts';

/** Words named for one hit. */
const MOST_TERMS = 5;
/** A word that more of the papers have tells two of them from the rest too little. */
const COMMON_SHARE = 0.1;
/** Stems that the text search sees as one begin with the same letters. */
const SAME_LETTERS = 3;
/** Words whose frequency is kept. */
const CACHED_WORDS = 20_000;
/** Frequencies are asked for again when the corpus has grown or shrunk by so much. */
const STALE_SHARE = 0.05;

export interface SharedTerms {
  /**
   * For each pair of texts the words of `hit` that `asked` has too, in any form the text search takes for the same: at most 5, those
   * first that are rarest in the corpus and most frequent in the two, as `hit` writes them first. Stop words, numbers and what a
   * tenth of the corpus has are left out.
   * @param papers size of the corpus.
   */
  of(pairs: readonly { asked: string; hit: string }[], papers: number): Promise<string[][]>;
}

export function createSharedTerms(store: Pick<PaperStore, 'documentFrequencies'>): SharedTerms {
  const cache = createRecentCache<string, TermFrequency>(CACHED_WORDS);
  let cachedAt = 0;

  /** Those that are not cached in one call. */
  async function frequencies(words: ReadonlySet<string>): Promise<Map<string, TermFrequency>> {
    const found = new Map<string, TermFrequency>();
    const missing: string[] = [];
    for (const word of words) {
      const cached = cache.get(word);
      if (cached === undefined) missing.push(word);
      else found.set(word, cached);
    }
    if (missing.length === 0) return found;
    for (const [i, frequency] of (await store.documentFrequencies(missing)).entries()) {
      const word = missing[i] ?? '';
      cache.set(word, frequency);
      found.set(word, frequency);
    }
    return found;
  }

  return {
    async of(pairs, papers) {
      if (Math.abs(papers - cachedAt) > STALE_SHARE * cachedAt) {
        cache.clear();
        cachedAt = papers;
      }
      const candidates = pairs.map(({ asked, hit }) => mayBeShared(wordsOf(asked), wordsOf(hit)));
      const known = await frequencies(new Set(candidates.flatMap(({ asked, hit }) => [...asked.keys(), ...hit.keys()])));
      return candidates.map(({ asked, hit }) => rarest(byTerm(asked, known), byTerm(hit, known), papers));
    },
  };
}

interface Word {
  /** As it stands first. */
  written: string;
  times: number;
}

/** A term of a text: its words together. */
interface Term extends Word {
  papers: number;
}

function byTerm(words: ReadonlyMap<string, Word>, known: ReadonlyMap<string, TermFrequency>): Map<string, Term> {
  const terms = new Map<string, Term>();
  for (const [word, { written, times }] of words) {
    const { term, papers } = known.get(word) ?? { term: word, papers: 0 };
    const before = terms.get(term);
    if (before === undefined) terms.set(term, { written, times, papers });
    else before.times += times;
  }
  return terms;
}

/** By tf-idf of both with the logarithm of tf, as Salton and Buckley 1988, https://doi.org/10.1016/0306-4573(88)90021-0 */
function rarest(asked: ReadonlyMap<string, Term>, hit: ReadonlyMap<string, Term>, papers: number): string[] {
  const weighed: { written: string; weight: number }[] = [];
  for (const [term, own] of hit) {
    const other = asked.get(term);
    // In a corpus of a few papers a word of two is not common.
    if (other === undefined || own.papers > Math.max(2, COMMON_SHARE * papers)) continue;
    const rarity = Math.log((papers + 1) / (own.papers + 0.5));
    weighed.push({ written: own.written, weight: rarity * (1 + Math.log(own.times)) * (1 + Math.log(other.times)) });
  }
  return weighed
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_TERMS)
    .map(({ written }) => written);
}

/** Telling words, by their lower case, in order. */
function wordsOf(text: string): Map<string, Word> {
  const words = new Map<string, Word>();
  for (const written of text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []) {
    const word = written.normalize('NFKC').toLowerCase();
    const before = words.get(word);
    if (before !== undefined) before.times++;
    else if (word.length > 1 && /\p{L}/u.test(word) && !isStopWord(word)) words.set(word, { written, times: 1 });
  }
  return words;
}

/** Leaves out the words that begin like none of the other text: most, and each would cost a look-up. */
function mayBeShared(asked: ReadonlyMap<string, Word>, hit: ReadonlyMap<string, Word>) {
  const begin = (word: string) => word.slice(0, SAME_LETTERS);
  const thatBeginAs = (words: ReadonlyMap<string, Word>, others: ReadonlyMap<string, Word>) => {
    const begins = new Set([...others.keys()].map(begin));
    return new Map([...words].filter(([word]) => begins.has(begin(word))));
  };
  return { asked: thatBeginAs(asked, hit), hit: thatBeginAs(hit, asked) };
}
