/** Counts the terms of texts. What the terms of a word are is asked of the tokenizer, and remembered. */
import type { InvertedIndex } from './inverted-index.ts';
import type { CountedDocument } from './make-segment.ts';
import { createTermTable } from './term-table.ts';

/** The terms of each text, in order, with repeats; any sign of ASCII but letters and digits ends one, and case counts for nothing. */
export type Tokenize = (texts: readonly string[]) => string[][];

export interface TextDocument extends Omit<CountedDocument, 'length' | 'terms' | 'frequencies'> {
  title: string;
  abstract: string;
}

export interface TermCounterOptions {
  tokenize: Tokenize;
  /** Gives the terms their numbers. */
  index: Pick<InvertedIndex, 'intern' | 'terms'>;
  /** How many times a term in a title counts: a whole number. */
  titleWeight: number;
}

export type CountTerms = (documents: readonly TextDocument[]) => CountedDocument[];

/** Words whose terms are remembered: some fifty thousand. */
const REMEMBERED_BYTES = 2_000_000;
const OTHERWISE = -1;
/** By byte of UTF-8: the lower-case letter, the digit, or the byte of another sign; 0 for what ends a word. */
const IN_WORD = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte).toLowerCase();
  return byte > 127 ? byte : /[a-z0-9]/.test(letter) ? letter.charCodeAt(0) : 0;
});

export function createTermCounter({ tokenize, index, titleWeight }: TermCounterOptions): CountTerms {
  let words = createTermTable();
  /** By number of a word, the number of its term, or `OTHERWISE`. */
  let termOf = new Int32Array(0);
  /** By number of a word that is no term or several: their numbers. */
  let termsOf = new Map<number, readonly number[]>();
  let learned = 0;
  let bytes = Buffer.alloc(0);
  /** By number of a term, its weighted count in the document that is read. */
  let counts = new Uint32Array(0);

  /** The numbers of the words of a text, in order. */
  function read(text: string): number[] {
    if (bytes.length < text.length * 3) bytes = Buffer.alloc(text.length * 6);
    const length = bytes.write(text);
    const found: number[] = [];
    let start = 0;
    for (let i = 0; i <= length; i++) {
      const letter = i === length ? 0 : (IN_WORD[bytes[i] as number] as number);
      if (letter !== 0) bytes[i] = letter;
      else {
        if (i > start) found.push(words.intern(bytes, start, i));
        start = i + 1;
      }
    }
    return found;
  }

  /** Asks for the terms of the words that are new. */
  function learn(): void {
    const { bytes: letters, ends } = words.content();
    const text = Buffer.from(letters.buffer, letters.byteOffset, letters.byteLength);
    const unknown: string[] = [];
    for (let word = learned; word < words.size; word++) {
      unknown.push(text.toString('utf8', word === 0 ? 0 : ends[word - 1], ends[word]));
    }
    if (unknown.length === 0) return;
    if (words.size > termOf.length) termOf = grown(termOf, words.size);
    for (const terms of tokenize(unknown)) {
      const numbers = terms.map(index.intern);
      termOf[learned] = numbers.length === 1 ? (numbers[0] ?? OTHERWISE) : OTHERWISE;
      if (numbers.length !== 1) termsOf.set(learned, numbers);
      learned++;
    }
    if (index.terms > counts.length) counts = grown(counts, index.terms);
  }

  function count({ key, id, fingerprint, titleHash }: TextDocument, fields: readonly (readonly number[])[]): CountedDocument {
    const seen: number[] = [];
    let length = 0;
    for (const [field, fieldWords] of fields.entries()) {
      const weight = field === 0 ? titleWeight : 1;
      const see = (term: number) => {
        if (counts[term] === 0) seen.push(term);
        counts[term] = (counts[term] as number) + weight;
        length++;
      };
      for (const word of fieldWords) {
        const term = termOf[word] as number;
        if (term !== OTHERWISE) see(term);
        else for (const one of termsOf.get(word) ?? []) see(one);
      }
    }
    const terms = Uint32Array.from(seen);
    const frequencies = terms.map((term) => counts[term] as number);
    for (const term of seen) counts[term] = 0;
    return { key, id, fingerprint, titleHash, length, terms, frequencies };
  }

  return (documents) => {
    if (words.sizeBytes > REMEMBERED_BYTES) {
      words = createTermTable();
      termsOf = new Map();
      learned = 0;
    }
    const fields = documents.map(({ title, abstract }) => [read(title), read(abstract)] as const);
    learn();
    return documents.map((document, i) => count(document, fields[i] ?? [[], []]));
  };
}

function grown<T extends Int32Array | Uint32Array>(array: T, least: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(least, 2 * array.length));
  larger.set(array);
  return larger;
}
