/**
 * Where a tokenizer's pieces lie in the text they were cut from: `@xenova/transformers` 2.17 gives no offsets. The text is cut into
 * words character by character as the tokenizer would, each knowing where it came from, and the tokenizer's own words are found among them.
 */
import type { PreTrainedTokenizer } from '@xenova/transformers';
import type { Span } from './embedder.ts';

/** The words that a text is cut into, in order, as the tokenizer changes them. */
type ToWords = (text: string) => string[];

/** A word and where each of its code units came from. */
interface LocatedWord {
  word: string;
  origins: Span[];
}

/** Signs of the beginning of a word in the vocabularies of SentencePiece and of byte-level BPE: they stand for white space. */
const WORD_SIGNS = /[▁Ġ]/g;

/** What becomes of characters by themselves is remembered; so many there are of them in no text but one made for it. */
const MAX_KNOWN = 20_000;

/**
 * @param pieces of the text, as the vocabulary has them, without the special tokens around it.
 * @returns one for each piece; null from where the tokenizer's changes cannot be followed.
 */
export type LocatePieces = (text: string, pieces: readonly string[]) => (Span | null)[];

/** @param prepare what is done to a text before the tokenizer gets it. */
export function createPieceLocator(tokenizer: PreTrainedTokenizer, prepare: (text: string) => string): LocatePieces {
  const toWords = wordsOf(tokenizer, prepare);
  const known = new Map<string, string[]>();
  const { unk_token: unknown, config } = tokenizer.model;
  const continuation: unknown = config.continuing_subword_prefix;

  return (text, pieces) => {
    const words = locateWords(toWords(text), wordsByCharacter(text, toWords, known));
    const spans: (Span | null)[] = [];
    let [next, at] = [0, 0];
    for (const piece of pieces) {
      const { word = '', origins = [] } = words[next] ?? {};
      const isContinued = typeof continuation === 'string' && at > 0 && piece.startsWith(continuation);
      const surface = isContinued ? piece.slice(continuation.length) : piece.replace(WORD_SIGNS, '');
      const written = word.startsWith(surface, at) ? [] : toWords(piece);
      if (word.startsWith(surface, at)) {
        spans.push(around(origins.slice(at, at + surface.length)));
        at += surface.length;
      } else if (at === 0 && written.length > 0 && written.every((part, i) => words[next + i]?.word === part)) {
        // A special token that is written out in the text.
        const start = text.indexOf(piece, spans.at(-1)?.end ?? 0);
        spans.push(start === -1 ? null : { start, end: start + piece.length });
        next += written.length - 1;
        at = words[next]?.word.length ?? 0;
      } else if (piece === unknown) {
        // A word that no piece stands for is unknown as a whole.
        spans.push(around(origins));
        at = word.length;
      } else {
        break;
      }
      if (at >= (words[next]?.word.length ?? 0)) [next, at] = [next + 1, 0];
    }
    return pieces.map((_, i) => spans[i] ?? null);
  };
}

function wordsOf(tokenizer: PreTrainedTokenizer, prepare: (text: string) => string): ToWords {
  // Null where a model has none, whatever the library's types say.
  const normalize = tokenizer.normalizer as ((text: string) => string) | null;
  const cut = tokenizer.pre_tokenizer as ((text: string) => string[]) | null;
  return (text) => {
    const whole = normalize?.(prepare(text)) ?? prepare(text);
    return (cut?.(whole) ?? whole.split(/\s+/)).map((word) => word.replace(WORD_SIGNS, '')).filter((word) => word !== '');
  };
}

/** Cut without regard to what a tokenizer does to whole words: one that drops stop words does not drop them here. */
function wordsByCharacter(text: string, toWords: ToWords, known: Map<string, string[]>): LocatedWord[] {
  const words: LocatedWord[] = [];
  let current: LocatedWord = { word: '', origins: [] };
  const finish = () => {
    if (current.word !== '') words.push(current);
    current = { word: '', origins: [] };
  };
  let start = 0;
  for (const character of text) {
    const origin = { start, end: start + character.length };
    start = origin.end;
    let parts = known.get(character);
    if (parts === undefined) {
      parts = partsOf(character, toWords);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(character, parts);
    }
    for (const [i, part] of parts.entries()) {
      if (i > 0) finish();
      current.word += part;
      for (let unit = 0; unit < part.length; unit++) current.origins.push(origin);
    }
  }
  finish();
  return words;
}

/** What becomes of a character inside a word; more than one part where it cuts the word. */
function partsOf(character: string, toWords: ToWords): string[] {
  const parts = toWords(`x${character}x`);
  const last = parts.length - 1;
  return parts.map((part, i) => part.slice(i === 0 ? 1 : 0, i === last ? -1 : undefined));
}

/** A word of the tokenizer that is not found has no place, and none behind it has. */
function locateWords(words: readonly string[], located: readonly LocatedWord[]): LocatedWord[] {
  const found: LocatedWord[] = [];
  let place = 0;
  for (const word of words) {
    let count = joinedTo(word, located, place);
    while (count === 0 && place < located.length) count = joinedTo(word, located, ++place);
    if (count === 0) break;
    found.push({ word, origins: located.slice(place, place + count).flatMap(({ origins }) => origins) });
    place += count;
  }
  return found;
}

/** How many words from a place on make up this one: characters by themselves may be cut where they are not in a word. */
function joinedTo(word: string, located: readonly LocatedWord[], place: number): number {
  let joined = '';
  let count = 0;
  while (joined.length < word.length && place + count < located.length) joined += located[place + count++]?.word ?? '';
  return sameWord(joined, word) ? count : 0;
}

/** The last sigma of a word is written otherwise: a character by itself does not know that it is the last. */
function sameWord(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.replaceAll('σ', 'ς') === b.replaceAll('σ', 'ς'));
}

function around(origins: readonly Span[]): Span | null {
  const [first, last] = [origins[0], origins.at(-1)];
  return first === undefined || last === undefined ? null : { start: first.start, end: last.end };
}
