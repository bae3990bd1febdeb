/** Vectors anew: of the texts that have none, or of all; the service brings them into its index as they come. */
import { z } from 'zod';
import { paperText } from '../embed/manifest.ts';
import { embedStep } from './embed-step.ts';
import type { ReindexParams } from './job-params.ts';
import type { JobRun } from './job-tools.ts';
import { storedVectors } from './stored-vectors.ts';

const cursorSchema = z.object({ after: z.int(), done: z.int() });

const TEXTS_A_BATCH = 64;

export async function runReindex(run: JobRun<ReindexParams>) {
  const embedder = await run.embedder();
  if (run.params.all) return await embedAll();
  const { embedded, tokens } = await embedStep(run, embedder);
  return { embedded, tokens, generation: null };

  /** Every text, then a graph of the vectors alone: nothing of the old index is left. */
  async function embedAll() {
    const { store, signal } = run;
    const space = { id: embedder.space, dim: embedder.model.dim };
    const { papers } = await store.counts();
    let { after, done } = run.cursor === null ? { after: 0, done: 0 } : cursorSchema.parse(run.cursor);
    let tokens = 0;
    for (;;) {
      signal.throwIfAborted();
      const batch = await store.texts({ limit: TEXTS_A_BATCH, after });
      const last = batch.at(-1);
      if (last === undefined) break;
      const distinct = [...new Map(batch.map((row) => [row.hash, row])).values()];
      const texts = distinct.map((row) => paperText(embedder.model, row));
      const embeddings = await embedder.embed(texts, { kind: 'passage', lane: 'batch', signal });
      const hashes = distinct.map(({ hash }) => hash);
      await store.putVectors(space, storedVectors(hashes, embeddings, space.dim));
      tokens += embeddings.tokenCounts.reduce((sum, count) => sum + count, 0);
      after = last.cursor;
      done += batch.length;
      await run.note({ step: 'embedding', done, total: papers }, { after, done });
    }
    const generation = await run.buildGeneration(embedder, (indexed) =>
      run.note({ step: 'indexing', done: indexed, total: papers }, { after, done }),
    );
    await run.switchTo(generation);
    return { embedded: done, tokens, generation: generation.id };
  }
}
