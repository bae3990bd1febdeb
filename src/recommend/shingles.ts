/** Windows of sixteen letters of a text as numbers, whatever its spaces, case and punctuation: what abstracts are compared by. */

/** A sample of a text's shingles: the same shingle is in the sample of every text, or of none. */
export interface Shingles {
  /** One of 32, in the order of the text; may repeat. Two texts that share much share some of these. */
  sketch: Int32Array;
  /** One of 4, ascending and distinct; made when it is first asked for. */
  sample(): Int32Array;
}

/** Letters of a shingle: about three words. The rotation by two bits a letter makes it return to where it began. */
const WINDOW = 16;
const IN_SKETCH = 32;
const IN_SAMPLE = 4;

/** By byte of UTF-8: the lower-case letter, the digit, or the byte of another sign; 0 for what is left out. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte).toLowerCase();
  return byte > 127 ? byte : /[a-z0-9]/.test(letter) ? letter.charCodeAt(0) : 0;
});
const KEPT = FOLDED.map((letter) => Math.min(letter, 1));
/** A random-looking number for each letter, the same for both cases. */
const SCATTERED = Int32Array.from(FOLDED, (letter) => scatter(letter + 1));
/** Dashes and quotation marks that one source writes as ASCII and another as Unicode: U+2000 to U+203F and the no-break space. */
const UNICODE_PUNCTUATION = /[\u2000-\u203f\u00a0]/g;

/** Reads a text; `again` gives the same text later, where a sample is asked for: a text need not be kept for that. */
export type ShingleReader = (text: string, again: () => string) => Shingles;

/**
 * A reader of texts, with room for the longest.
 *
 * Broder 1997, On the resemblance and containment of documents, https://doi.org/10.1109/SEQUEN.1997.666900: shingles, and as
 * sample those whose fingerprint is 0 modulo a number (`MOD_m`), which unlike minima costs no sort. The fingerprint rolls:
 * Cohen 1997, Recursive hashing functions for n-grams, https://doi.org/10.1145/256163.256168.
 */
export function shingleReader(): ShingleReader {
  let bytes = Buffer.alloc(0);
  let letters = new Int32Array(0);
  let found = new Int32Array(0);

  /** Puts one shingle of `share`, a power of two, into `found`. @returns how many. */
  function read(text: string, share: number): number {
    if (bytes.length < text.length * 3) {
      bytes = Buffer.alloc(text.length * 6);
      letters = new Int32Array(bytes.length + 1);
      found = new Int32Array(bytes.length);
    }
    let length = bytes.write(text);
    // Longer than its letters: not ASCII alone.
    if (length > text.length) length = bytes.write(text.replace(UNICODE_PUNCTUATION, ' '));
    const kept = keepLetters(bytes, length, letters);
    return roll(letters, kept, 256 / share, found);
  }

  const taken = (count: number) => found.slice(0, count);

  return (text, again) => {
    let sample: Int32Array | undefined;
    return {
      sketch: taken(read(text, IN_SKETCH)),
      sample() {
        sample ??= distinct(taken(read(again(), IN_SAMPLE)).sort());
        return sample;
      },
    };
  };
}

/** Shared shingles over all shingles of the two (Jaccard), in [0, 1], as far as the samples tell; 0 where there are none. */
export function resemblance(a: Shingles, b: Shingles): number {
  const [left, right] = [a.sample(), b.sample()];
  let [i, j, shared] = [0, 0, 0];
  while (i < left.length && j < right.length) {
    const x = left[i] as number;
    const y = right[j] as number;
    if (x === y) shared++;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return shared === 0 ? 0 : shared / (left.length + right.length - shared);
}

/** Fingerprints every window, and puts those below `limit` of 256 into `found`. @returns how many. */
function roll(letters: Int32Array, kept: number, limit: number, found: Int32Array): number {
  let count = 0;
  let hash = 0;
  for (let i = 0; i < WINDOW && i < kept; i++) hash = rolled(hash) ^ (letters[i] as number);
  for (let i = WINDOW; i <= kept; i++) {
    if (Math.imul(hash, 0x9e3779b1) >>> 24 < limit) found[count++] = hash;
    const entering = letters[i] as number;
    const leaving = letters[i - WINDOW] as number;
    hash = rolled(hash) ^ entering ^ leaving;
  }
  return count;
}

function rolled(hash: number): number {
  return (hash << 2) | (hash >>> 30);
}

/** Without a branch a letter: where a word ends cannot be foretold, and a wrong guess costs more than the letter. */
function keepLetters(bytes: Uint8Array, length: number, letters: Int32Array): number {
  let kept = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    letters[kept] = SCATTERED[byte] as number;
    kept += KEPT[byte] as number;
  }
  return kept;
}

/** The finish of MurmurHash3 (Appleby, public domain). */
function scatter(value: number): number {
  let h = Math.imul(value, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function distinct(sorted: Int32Array): Int32Array {
  let kept = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i] as number;
  return sorted.subarray(0, kept);
}
