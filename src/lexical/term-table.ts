/** Words and the numbers that stand for them: a hash table over one row of bytes, a few bytes a word beside its letters. */

export interface TermTable {
  readonly size: number;
  readonly sizeBytes: number;
  /** @param word UTF-8, of which `from` to before `to`. */
  find(word: Uint8Array, from: number, to: number): number | undefined;
  /** Its number, where it is new the next one from 0. */
  intern(word: Uint8Array, from: number, to: number): number;
  /** Views that do not change. */
  content(): TermTableContent;
}

export interface TermTableContent {
  /** All words in a row. */
  bytes: Uint8Array;
  /** Where each ends. */
  ends: Uint32Array;
}

/** Slots are at most so full. */
const FULLEST = 0.7;
const LEAST_SLOTS = 1_024;

export function createTermTable(content: TermTableContent = { bytes: new Uint8Array(0), ends: new Uint32Array(0) }): TermTable {
  let { bytes, ends } = content;
  let size = ends.length;
  /** Number of a word plus one, at its hash or the next free place; 0 is free. */
  let slots = new Uint32Array(0);
  rehash();

  function rehash(): void {
    let length = LEAST_SLOTS;
    while (length * FULLEST <= size) length *= 2;
    slots = new Uint32Array(length);
    for (let id = 0; id < size; id++) {
      let slot = hashOf(bytes, startOf(id), ends[id] as number) & (length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (length - 1);
      slots[slot] = id + 1;
    }
  }

  function startOf(id: number): number {
    return id === 0 ? 0 : (ends[id - 1] as number);
  }

  /** The slot of a word, or the free one where it belongs. */
  function slotOf(word: Uint8Array, from: number, to: number): number {
    let slot = hashOf(word, from, to) & (slots.length - 1);
    for (let found = slots[slot] as number; found !== 0; found = slots[slot] as number) {
      if (isWord(found - 1, word, from, to)) break;
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  function isWord(id: number, word: Uint8Array, from: number, to: number): boolean {
    const start = startOf(id);
    if ((ends[id] as number) - start !== to - from) return false;
    for (let i = from; i < to; i++) if (bytes[start + i - from] !== word[i]) return false;
    return true;
  }

  return {
    get size() {
      return size;
    },
    get sizeBytes() {
      return bytes.byteLength + ends.byteLength + slots.byteLength;
    },
    find(word, from, to) {
      const found = slots[slotOf(word, from, to)] as number;
      return found === 0 ? undefined : found - 1;
    },
    intern(word, from, to) {
      const slot = slotOf(word, from, to);
      const found = slots[slot] as number;
      if (found !== 0) return found - 1;
      const end = startOf(size) + to - from;
      if (end > bytes.length) bytes = grown(bytes, end);
      if (size === ends.length) ends = grown(ends, size + 1);
      bytes.set(word.subarray(from, to), end - (to - from));
      ends[size] = end;
      slots[slot] = ++size;
      if (size > slots.length * FULLEST) rehash();
      return size - 1;
    },
    content() {
      return { bytes: bytes.subarray(0, startOf(size)), ends: ends.subarray(0, size) };
    },
  };
}

/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/, its upper bits folded into the lower ones. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function grown<T extends Uint8Array | Uint32Array>(array: T, least: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(least, Math.ceil(array.length * 1.25)));
  larger.set(array);
  return larger;
}
