/** What the service acknowledged, paper by paper, and what was under way when it died. */
import type { PaperId } from '#dist/paper.js';
import { type PaperText, sameText } from './texts.ts';

/** null: there is no such paper. */
type State = PaperText | null;

interface Entry {
  acknowledged: State;
  /** Sent and not answered: it may have happened or not, but nothing else may have. */
  underWay?: State;
}

export class Ledger {
  readonly #entries = new Map<PaperId, Entry>();
  #nextId = 0;

  newId(): PaperId {
    return `fault-${this.#nextId++}`;
  }

  send(id: PaperId, state: State): void {
    this.#entries.set(id, { acknowledged: this.#entries.get(id)?.acknowledged ?? null, underWay: state });
  }

  acknowledge(id: PaperId): void {
    const entry = this.#entries.get(id);
    if (entry?.underWay !== undefined) this.#entries.set(id, { acknowledged: entry.underWay });
  }

  /** Papers that are there for certain. */
  present(): [PaperId, PaperText][] {
    return [...this.#entries].flatMap(([id, { acknowledged }]) => (acknowledged === null ? [] : [[id, acknowledged]]));
  }

  /** Papers that are gone for certain. */
  absent(): PaperId[] {
    return [...this.#entries].filter(([, { acknowledged }]) => acknowledged === null).map(([id]) => id);
  }

  /**
   * Compares with what a store holds; what was under way is known afterwards.
   * @returns one line for each paper that is neither what was acknowledged nor what was under way.
   */
  settle(stored: ReadonlyMap<PaperId, PaperText>): string[] {
    const faults: string[] = [];
    for (const [id, { acknowledged, underWay }] of this.#entries) {
      const found = stored.get(id) ?? null;
      const allowed = underWay === undefined ? [acknowledged] : [acknowledged, underWay];
      if (!allowed.some((state) => sameText(state, found))) {
        faults.push(`${id} is ${describe(found)}, acknowledged was ${allowed.map(describe).join(' or ')}`);
      }
      this.#entries.set(id, { acknowledged: found });
    }
    for (const id of stored.keys()) if (!this.#entries.has(id)) faults.push(`${id} was never sent`);
    return faults;
  }
}

function describe(state: State): string {
  return state === null ? 'absent' : `"${state.title}"`;
}
