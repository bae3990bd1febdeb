/** The k best of many scores: a binary heap with the worst of them on top. */

export interface Scored {
  key: number;
  /** Higher is better. */
  score: number;
}

export interface Best {
  /** What is below it is not among the best. */
  readonly least: number;
  /** Of equal scores the lower key is better. @returns `least` as it is then. */
  offer(key: number, score: number): number;
  /** Best first. Nothing can be offered afterwards. */
  take(): Scored[];
}

/** @param k 1 or more. @param most no more are offered. */
export function createBest(k: number, most: number): Best {
  const room = Math.min(k, most);
  const keys = new Uint32Array(room);
  const scores = new Float64Array(room);
  let size = 0;
  let least = 0;

  /** Puts it on top, in the place of what was there, and down to where all below is better. */
  function sink(key: number, score: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isWorse(child + 1, keys[child] as number, scores[child] as number)) child++;
      if (!isWorse(child, key, score)) break;
      keys[at] = keys[child] as number;
      scores[at] = scores[child] as number;
      at = child;
    }
    keys[at] = key;
    scores[at] = score;
  }

  function rise(key: number, score: number): void {
    let at = size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBetter(parent, key, score)) break;
      keys[at] = keys[parent] as number;
      scores[at] = scores[parent] as number;
      at = parent;
    }
    keys[at] = key;
    scores[at] = score;
  }

  function isWorse(at: number, key: number, score: number): boolean {
    const other = scores[at] as number;
    return other < score || (other === score && (keys[at] as number) > key);
  }

  function isBetter(at: number, key: number, score: number): boolean {
    const other = scores[at] as number;
    return other > score || (other === score && (keys[at] as number) < key);
  }

  return {
    get least() {
      return least;
    },
    offer(key, score) {
      if (size < room) rise(key, score);
      else if (isWorse(0, key, score)) sink(key, score);
      if (size === k) least = scores[0] as number;
      return least;
    },
    take() {
      const best = new Array<Scored>(size);
      while (size > 0) {
        const worst = { key: keys[0] as number, score: scores[0] as number };
        size--;
        sink(keys[size] as number, scores[size] as number);
        best[size] = worst;
      }
      return best;
    },
  };
}
