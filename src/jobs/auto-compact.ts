/** Enqueues a compaction by itself when the places of removed and replaced papers have become many. */
import type { JobStore } from '../papers/job-store.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';

/** Below so many tombstones a graph is not worth building anew. */
const MIN_TOMBSTONES = 1_000;
/** Share of the graph's places; above it searches visit noticeably more of them than they return. */
const MAX_RATIO = 0.2;
const RECENT_JOBS = 20;

export async function compactWhenWorthIt({ index, jobs }: { index: Pick<VectorIndex, 'stats'>; jobs: JobStore }): Promise<void> {
  const { count, tombstones } = await index.stats();
  if (tombstones < MIN_TOMBSTONES || tombstones / (count + tombstones) < MAX_RATIO) return;
  const recent = await jobs.jobs({ limit: RECENT_JOBS });
  // One is enough; one that failed is left to the operator, who sees it in the list.
  const known = recent.some(({ kind, state }) => kind === 'compact' && state !== 'succeeded' && state !== 'canceled');
  if (!known) await jobs.addJob('compact', {});
}
