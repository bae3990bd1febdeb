/** Work that nobody waits for. Done some of it in a row costs a fraction of what it costs between two requests, whose code is another. */
const A_BATCH = 256;
const LATEST_MS = 100;

export interface Batches<T> {
  add(item: T): void;
  /** Does what waits now. */
  flush(): void;
}

/** @param work done for each item, some at a time, 100 ms after it was added at the latest. */
export function inBatches<T>(work: (item: T) => void): Batches<T> {
  let waiting: T[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = [];
    for (const item of batch) work(item);
  }

  return {
    add(item) {
      waiting.push(item);
      if (waiting.length >= A_BATCH) flush();
      else timer ??= setTimeout(flush, LATEST_MS).unref();
    },
    flush,
  };
}
