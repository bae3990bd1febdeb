/** The step of a job that gives every text without a vector one, and tells how far it is. */
import type { Embedder } from '../embed/embedder.ts';
import type { JobJson } from '../papers/job-store.ts';
import { type EmbeddedReport, embedPending } from './embed-pending.ts';
import type { JobRun } from './job-tools.ts';

/** `cursor` is kept while the step goes on; what has a vector is passed over without one. */
export async function embedStep(run: JobRun<unknown>, embedder: Embedder, cursor?: JobJson): Promise<EmbeddedReport> {
  const { store, signal } = run;
  const { pending } = await store.counts({ id: embedder.space, dim: embedder.model.dim });
  return embedPending({
    store,
    embedder,
    signal,
    async onStored(done) {
      await run.catchUp();
      await run.note({ step: 'embedding', done, total: pending }, cursor);
    },
  });
}
