/** Times nearest-neighbour searches, one query a call as the service asks. */
import type { PaperId } from '#dist/paper.js';
import type { Neighbour, VectorIndex } from '#dist/vectors/vector-index.js';

export interface SearchRun {
  answers: Neighbour[][];
  /** Wall time of all calls, seconds. */
  wallS: number;
  /** Of each call, milliseconds. */
  latenciesMs: number[];
}

/** Asks for the `k` nearest of each paper, `inFlight` calls under way at a time. Answers in the order of `ids`. */
export async function runSearches(
  index: VectorIndex,
  ids: readonly PaperId[],
  { k, efSearch, inFlight = 1 }: { k: number; efSearch?: number; inFlight?: number },
): Promise<SearchRun> {
  const answers: Neighbour[][] = [];
  const latenciesMs: number[] = [];
  let next = 0;
  const ask = async () => {
    for (let i = next++; i < ids.length; i = next++) {
      const start = performance.now();
      const [answer = []] = await index.search([ids[i] ?? ''], { k, efSearch });
      latenciesMs.push(performance.now() - start);
      answers[i] = answer;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, ask));
  return { answers, latenciesMs, wallS: (performance.now() - start) / 1_000 };
}
