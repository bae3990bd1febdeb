/** Which pairs of a list may be one work: those whose titles are equal, and those whose sketches share a few shingles. */
import type { WorkTraits } from './same-work.ts';

/** Two places of a list, `i < j`. */
export interface Pair {
  i: number;
  j: number;
  /** Shingles that the two sketches share, 255 at most. */
  shared: number;
}

export type FindMeetings = (works: readonly WorkTraits[]) => Pair[];

/** Numbers of a list that fit into what is kept between two lists; for a longer one it is made anew. */
const KEPT_NUMBERS = 65_536;
const LAST_PLACE = 2 ** 30;

/** Makes a finder with memory of its own: most lists are short and asked for often. */
export function createMeetings(): FindMeetings {
  const kept = createTable(4_096);
  let table = kept;

  return (works) => {
    const sketches = works.map(({ abstract }) => abstract.sketch);
    const numbers = sketches.reduce((sum, { length }) => sum + length, 2 * works.length);
    if (numbers > table.room) table = createTable(numbers);
    const n = works.length;
    // At the cell j * n + i: how many shingles the sketches of i and j share.
    const shared = new Uint8Array(n * n);
    const met: number[] = [];
    table.meet(sketches, numbers, (i, j) => {
      const cell = j * n + i;
      const sum = (shared[cell] as number) + 1;
      // One is chance.
      if (sum === 2) met.push(cell);
      if (sum < 256) shared[cell] = sum;
    });
    const pairs = met.map((cell): Pair => ({ i: cell % n, j: Math.floor(cell / n), shared: shared[cell] as number }));
    table.meet(
      works.map(({ title }) => title.hashes),
      2 * n,
      (i, j) => {
        if (haveOneTitle(works[i], works[j])) pairs.push({ i, j, shared: shared[j * n + i] as number });
      },
    );
    if (numbers > KEPT_NUMBERS) table = kept;
    return pairs;
  };
}

/** Equal titles, or equal once a subtitle is left out. */
function haveOneTitle(a: WorkTraits | undefined, b: WorkTraits | undefined): boolean {
  const [left, right] = [a?.title, b?.title];
  if (left === undefined || right === undefined) return false;
  return [left.key, left.headKey].some((key) => key === right.key || key === right.headKey);
}

/** An open-addressed table of number -> its last place, each place leading to the one before: several times as fast as a Map. */
function createTable(room: number) {
  const slots = new Int32Array(2 ** (33 - Math.clz32(room))).fill(-1);
  const before = new Int32Array(room);
  const numbers = new Int32Array(room);
  const owners = new Int32Array(room);
  /** Places are counted on from list to list: what a slot has from one before is below its first. */
  let first = 0;

  return {
    /** Numbers of a list that it has room for. */
    room,
    /** Calls for each number of `lists[j]` that is in a `lists[i]` before it; repeated numbers of one list count once. */
    meet(lists: readonly Int32Array[], count: number, onMeet: (i: number, j: number) => void): void {
      // No more slots than are needed: they stay in the nearest cache.
      const bits = Math.max(4, 33 - Math.clz32(count));
      const [mask, shift] = [2 ** bits - 1, 32 - bits];
      if (first > LAST_PLACE) {
        slots.fill(-1);
        first = 0;
      }
      let place = 0;
      for (let j = 0; j < lists.length; j++) {
        const list = lists[j] as Int32Array;
        for (let s = 0; s < list.length; s++) {
          const number = list[s] as number;
          let slot = Math.imul(number, 0x85ebca6b) >>> shift;
          let last = (slots[slot] as number) - first;
          while (last >= 0 && numbers[last] !== number) {
            slot = (slot + 1) & mask;
            last = (slots[slot] as number) - first;
          }
          if (last >= 0 && owners[last] === j) continue;
          for (let at = last; at >= 0; at = before[at] as number) onMeet(owners[at] as number, j);
          numbers[place] = number;
          owners[place] = j;
          before[place] = last;
          slots[slot] = first + place++;
        }
      }
      first += place;
    },
  };
}
