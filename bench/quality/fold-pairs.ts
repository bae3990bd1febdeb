/** Pairs of a large corpus that a fold could join: equal titles, and abstracts that share rare runs of words. */
import type { Paper } from '#dist/paper.js';
import { normaliseTitle } from '#dist/paper.js';

/** Words of a run. */
const RUN = 5;
/** One run in so many is looked at. */
const SAMPLED = 4;
/** A run in more papers than this is a phrase of the language. */
const COMMON = 10;
/** Looked-at runs that a pair shares at least: fewer than any abstracts that the fold takes for alike. */
const SHARED = 2;

export function candidatePairs(papers: readonly Paper[]): [Paper, Paper][] {
  const byRun = new Map<number, number[]>();
  const byTitle = new Map<string, number[]>();
  for (const [i, { title, abstract }] of papers.entries()) {
    for (const run of new Set(runsOf(abstract))) push(byRun, run, i);
    push(byTitle, normaliseTitle(title), i);
    const head = normaliseTitle(title.replace(/:\s.*$/s, ''));
    if (head !== normaliseTitle(title)) push(byTitle, head, i);
  }
  const shared = new Map<number, number>();
  const count = (of: ReadonlyMap<unknown, readonly number[]>, weight: number) => {
    for (const members of of.values()) {
      if (members.length > COMMON) continue;
      for (const [at, j] of members.entries()) {
        for (const i of members.slice(0, at)) shared.set(i * papers.length + j, (shared.get(i * papers.length + j) ?? 0) + weight);
      }
    }
  };
  count(byRun, 1);
  count(byTitle, SHARED);
  return [...shared].flatMap(([cell, times]): [Paper, Paper][] => {
    const [a, b] = [papers[Math.floor(cell / papers.length)], papers[cell % papers.length]];
    return times < SHARED || a === undefined || b === undefined ? [] : [[a, b]];
  });
}

/** Hashes (FNV-1a) of the looked-at runs. */
function runsOf(text: string): number[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const hashes = words.map((word) => hashed(word, 0x811c9dc5));
  const runs: number[] = [];
  for (let i = 0; i + RUN <= hashes.length; i++) {
    let run = 0;
    for (let w = 0; w < RUN; w++) run = Math.imul((run << 5) ^ (run >>> 27) ^ (hashes[i + w] ?? 0), 0x9e3779b1);
    if ((run >>> 7) % SAMPLED === 0) runs.push(run);
  }
  return runs;
}

function hashed(word: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash;
}

function push<K>(map: Map<K, number[]>, key: K, value: number): void {
  const members = map.get(key);
  if (members === undefined) map.set(key, [value]);
  else members.push(value);
}
