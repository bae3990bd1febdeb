/** How well the model that is served ranks evaluation sets. */
import { readEvalSet } from '../evaluation/eval-set.ts';
import { evaluate, type Quality } from '../evaluation/evaluate.ts';
import type { EvaluateParams } from './job-params.ts';
import type { JobRun } from './job-tools.ts';

export async function runEvaluate(run: JobRun<EvaluateParams>) {
  const embedder = await run.embedder();
  const quality: Record<string, Quality> = {};
  for (const name of run.params.evals) {
    const set = await readEvalSet(run.evalFolder(name));
    quality[set.name] = await evaluate(set, {
      embedder,
      onEmbedded: (done, total) => run.note({ step: set.name, done, total }),
    });
  }
  return { model: embedder.model.name, space: embedder.space, quality };
}
