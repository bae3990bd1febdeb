/** Keeps the neighbour lists as right as a wide search would find them now: one list a step, the rest is told as not ready. */
import { type Labels, type Near, NeighbourLists } from './neighbour-lists.ts';
import { KEPT } from './vector-index.ts';

/** The graph, as far as its lists need it. */
export interface ListedGraph extends Labels {
  /** Points of the graph: labels below are taken, by papers that have gone too. */
  points(): number;
  /** Papers that can be found. */
  papers(): number;
  /** The `count` nearest of a live label, itself left out, nearest first, equal distances as `compare` has them. */
  nearest(label: number, count: number): Promise<Near>;
}

/**
 * So many papers around a newcomer are offered it: a paper on the edge may be among the nearest of none that are its own nearest.
 * With 40 of them recall@10 of the older lists is .93 when 20,000 papers have become 40,000, with 100 it is .978, with 200 .996.
 */
const OFFERED = 200;
/** Of a graph so small all are. */
const SMALL = 1_000;
/** A list is found again when the graph has grown by such a factor since: what no offer brought is seen then. */
const STALE_GROWTH = 1.25;

export class ListKeeper {
  readonly #graph: ListedGraph;
  readonly #lists: NeighbourLists;
  /** Every live label below it has its list, and was offered to those around it. */
  #frontier = 0;
  /** Lists that were asked for and are missing or too short. */
  readonly #wanted = new Set<number>();
  /** The least `seen` of all lists when they were last looked through, and how far they are looked through now. */
  #oldest = 0;
  #looked = { label: 0, oldest: Number.POSITIVE_INFINITY };
  #kept = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(graph: ListedGraph, lists = new NeighbourLists()) {
    this.#graph = graph;
    this.#lists = lists;
    for (let label = 0; label < graph.points(); label++) if (this.#has(label)) this.#kept++;
  }

  /** Papers that have a list. */
  get kept(): number {
    return this.#kept;
  }

  get sizeBytes(): number {
    return this.#lists.sizeBytes;
  }

  /** Points that no list but their own may know of. */
  get pending(): number {
    while (this.#frontier < this.#graph.points() && !this.#isMissing(this.#frontier)) this.#frontier++;
    return this.#graph.points() - this.#frontier;
  }

  /** The `k` nearest of a live label, or all there are; undefined where they are not ready, which they will be after some steps. */
  read(label: number, k: number): Near | undefined {
    if (k > KEPT) return undefined;
    const seen = this.#lists.seen(label);
    const near = seen === 0 ? undefined : this.#lists.read(label, k, this.#graph);
    if (near === undefined || near.labels.length < Math.min(k, this.#graph.papers() - 1)) {
      this.#wanted.add(label);
      return undefined;
    }
    // Somebody may have come who belongs into it.
    return seen === this.#graph.points() || this.pending === 0 ? near : undefined;
  }

  /** Finds one list that is asked for, missing or old. @returns false when there is none, so that all is as it should be. */
  async step(): Promise<boolean> {
    await this.#saving;
    const label = this.#next();
    if (label === undefined) return false;
    const seen = this.#graph.points();
    const near = await this.#graph.nearest(label, seen <= SMALL ? SMALL : OFFERED);
    await this.#saving;
    if (!this.#graph.isLive(label)) return true;
    const isNew = !this.#has(label);
    this.#lists.set(label, near, seen);
    if (!isNew) return true;
    this.#kept++;
    for (const [i, other] of near.labels.entries()) {
      const known = this.#lists.seen(other);
      if (known > 0 && known <= label) this.#lists.offer(other, label, near.distances[i] ?? 0, this.#graph);
    }
    return true;
  }

  /** A label is not live any more. */
  gone(label: number): void {
    if (this.#lists.seen(label) > 0) this.#kept--;
  }

  /** Writes the lists of the first `count` labels into a folder; no step is done meanwhile. */
  save(dir: string, count: number): Promise<void> {
    const saved = this.#saving.then(() => this.#lists.save(dir, count));
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  #has(label: number): boolean {
    return this.#lists.seen(label) > 0 && this.#graph.isLive(label);
  }

  #isMissing(label: number): boolean {
    return this.#lists.seen(label) === 0 && this.#graph.isLive(label);
  }

  #next(): number | undefined {
    for (const label of this.#wanted) {
      this.#wanted.delete(label);
      if (this.#graph.isLive(label)) return label;
    }
    if (this.pending > 0) return this.#frontier;
    return this.#stale();
  }

  /** A list that was found when the graph was much smaller. */
  #stale(): number | undefined {
    const points = this.#graph.points();
    const isStale = (seen: number) => seen * STALE_GROWTH < points;
    while (isStale(this.#oldest)) {
      const looked = this.#looked;
      while (looked.label < points) {
        const label = looked.label++;
        if (!this.#has(label)) continue;
        const seen = this.#lists.seen(label);
        // A stale one is found again now, in a graph that may grow on before all are looked through.
        looked.oldest = Math.min(looked.oldest, isStale(seen) ? points : seen);
        if (isStale(seen)) return label;
      }
      this.#oldest = looked.oldest;
      this.#looked = { label: 0, oldest: Number.POSITIVE_INFINITY };
    }
    return undefined;
  }
}
