/** What was used lately, up to a number of entries or a size. */
export interface RecentCache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  clear(): void;
}

interface Entry<V> {
  value: V;
  size: number;
  /** Since it was last passed over. */
  isUsed: boolean;
}

/** What is left of a capacity that was exceeded: some entries go at a time. */
const LEFT = 0.95;

/**
 * The second chance, or clock, of Corbató 1968, A paging experiment with the Multics system: what was used since its turn came has
 * another one. Unlike an exact order of use it costs nothing at each use.
 * @param sizeOf what a value takes of the capacity. What takes more than all of it is not kept.
 */
export function createRecentCache<K, V>(capacity: number, sizeOf: (value: V) => number = () => 1): RecentCache<K, V> {
  // A Map keeps the order of insertion: the first is the one whose turn is next.
  const entries = new Map<K, Entry<V>>();
  let size = 0;

  function drop(key: K): void {
    size -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  }

  function shrink(): void {
    for (const [key, entry] of entries) {
      if (size <= capacity * LEFT) break;
      drop(key);
      if (!entry.isUsed) continue;
      entries.set(key, { ...entry, isUsed: false });
      size += entry.size;
    }
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entry.isUsed = true;
      return entry.value;
    },
    set(key, value) {
      drop(key);
      const entry = { value, size: sizeOf(value), isUsed: false };
      if (entry.size > capacity) return;
      entries.set(key, entry);
      size += entry.size;
      if (size > capacity) shrink();
    },
    delete: drop,
    clear() {
      entries.clear();
      size = 0;
    },
  };
}
