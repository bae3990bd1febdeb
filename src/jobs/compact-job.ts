/** The graph anew from the stored vectors, without the places that removed and replaced papers hold. */
import type { JobRun } from './job-tools.ts';

export async function runCompact(run: JobRun<object>) {
  const embedder = await run.embedder();
  const { papers } = await run.store.counts();
  const generation = await run.buildGeneration(embedder, (done) => run.note({ step: 'indexing', done, total: papers }));
  await run.switchTo(generation);
  return { papers, generation: generation.id };
}
