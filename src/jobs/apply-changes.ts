/** Brings what changed in the store into an index. */
import type { PaperId } from '../paper.ts';
import type { PaperStore, Revision, SpaceRef } from '../papers/paper-store.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';

const CHANGES_A_BATCH = 256;

export interface AppliedChanges {
  changes: number;
  /** The index holds every change up to it. */
  revision: Revision;
}

/** `since`: the revision up to which the index holds every change; `onBatch` is told how many were applied so far. */
export async function applyChanges(
  index: Pick<VectorIndex, 'upsert' | 'remove'>,
  store: PaperStore,
  space: SpaceRef,
  since: Revision,
  onBatch?: (applied: number) => Promise<void>,
): Promise<AppliedChanges> {
  let revision = since;
  let applied = 0;
  for (;;) {
    const changes = await store.changes(space, { since: revision, limit: CHANGES_A_BATCH });
    const last = changes.at(-1);
    if (last === undefined) return { changes: applied, revision };
    const ids: PaperId[] = [];
    const gone: PaperId[] = [];
    const vectors = new Float32Array(changes.length * space.dim);
    for (const { id, vector } of changes) {
      if (vector === null) gone.push(id);
      else {
        vectors.set(vector, ids.length * space.dim);
        ids.push(id);
      }
    }
    await index.remove(gone);
    await index.upsert(ids, vectors.subarray(0, ids.length * space.dim));
    revision = last.revision;
    applied += changes.length;
    await onBatch?.(applied);
  }
}
