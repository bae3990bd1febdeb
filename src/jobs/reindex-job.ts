/** Vectors anew: of the texts that have none, or of all; the service brings them into its index as they come. */
import { z } from 'zod';
import { embedStep } from './embed-step.ts';
import { embedTexts } from './embed-texts.ts';
import type { ReindexParams } from './job-params.ts';
import type { JobRun } from './job-tools.ts';

const cursorSchema = z.object({ after: z.int(), done: z.int() });

export async function runReindex(run: JobRun<ReindexParams>) {
  const embedder = await run.embedder();
  if (run.params.all) return await embedAll();
  const { embedded, tokens } = await embedStep(run, embedder);
  return { embedded, tokens, generation: null };

  /** Every text, then a graph of the vectors alone: nothing of the old index is left. */
  async function embedAll() {
    const { store, signal } = run;
    const { papers } = await store.counts();
    let cursor = run.cursor === null ? { after: 0, done: 0 } : cursorSchema.parse(run.cursor);
    const earlier = cursor.done;
    const { tokens } = await embedTexts({
      store,
      embedder,
      read: (page) => store.texts(page),
      after: cursor.after,
      signal,
      async onStored(embedded, after) {
        cursor = { after, done: earlier + embedded };
        await run.note({ step: 'embedding', done: cursor.done, total: papers }, cursor);
      },
    });
    const generation = await run.buildGeneration(embedder, (indexed) =>
      run.note({ step: 'indexing', done: indexed, total: papers }, cursor),
    );
    await run.switchTo(generation);
    return { embedded: cursor.done, tokens, generation: generation.id };
  }
}
