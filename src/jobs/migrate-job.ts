/** From one model to another: vectors and graph beside the ones that serve, a rehearsal, and the switch. */
import { z } from 'zod';
import type { Embedder } from '../embed/embedder.ts';
import { AppError } from '../errors.ts';
import { readEvalSet } from '../evaluation/eval-set.ts';
import { evaluate, type Quality } from '../evaluation/evaluate.ts';
import { embedStep } from './embed-step.ts';
import type { MigrateParams } from './job-params.ts';
import type { GenerationRef, JobRun, JobTools } from './job-tools.ts';
import { type Rehearsal, rehearse } from './rehearsal.ts';

/** Space that was served when the job began. */
const cursorSchema = z.object({ away: z.string().nullable() });

export interface MigrateReport {
  from: GenerationRef | null;
  to: GenerationRef;
  embedded: number;
  /** Null where there is nothing to compare with. */
  rehearsal: Rehearsal | null;
  /** By evaluation set; `before` is null where the old model is gone. */
  quality: Record<string, { before: Quality | null; after: Quality }>;
  switched: boolean;
}

export async function runMigrate(run: JobRun<MigrateParams>): Promise<MigrateReport> {
  const { params } = run;
  return 'rollback' in params ? await rollBack(run) : await goTo(run, params);
}

async function goTo(
  run: JobRun<MigrateParams>,
  { model, evals, cutover }: Exclude<MigrateParams, { rollback: true }>,
): Promise<MigrateReport> {
  const embedder = await run.embedderOf(model);
  const { from, reached } = await begin(run, embedder.space);
  const { embedded } = await embedStep(run, embedder);
  // Before the generation is built, which is not kept for hours before it is switched to.
  const quality = await measure(run, evals, embedder, from);
  const to = reached ?? (await build(run, embedder));
  await run.note({ step: 'rehearsing', done: 0, total: null });
  const rehearsal = from === null ? null : await compare(run, from, to);
  // The vectors stay: the switch, when it comes, embeds nothing and only builds the graph again.
  if (reached === undefined) await (cutover ? run.switchTo(to) : run.drop(to));
  return { from, to, embedded, rehearsal, quality, switched: cutover };
}

async function build(run: JobRun<MigrateParams>, embedder: Embedder): Promise<GenerationRef> {
  const { papers } = await run.store.counts();
  return run.buildGeneration(embedder, (done) => run.note({ step: 'indexing', done, total: papers }));
}

/** Papers that came since have no vectors there: the service embeds them when it goes over. */
async function rollBack(run: JobRun<MigrateParams>): Promise<MigrateReport> {
  const { from, reached } = await begin(run);
  const to = reached ?? (await run.previousSpace());
  if (to === undefined) throw new AppError('invalid_input', 'there is no generation of another model to go back to');
  const rehearsal = from === null ? null : await compare(run, from, to);
  if (reached === undefined) await run.switchTo(to);
  return { from, to, embedded: 0, rehearsal, quality: {}, switched: true };
}

/**
 * What the job goes away from. An earlier process of it may have switched before it died, and what it has `reached` is
 * served: switching once more would be going back.
 * @param space where it goes to, where that is known.
 */
async function begin(run: JobRun<MigrateParams>, space?: string): Promise<{ from: GenerationRef | null; reached?: GenerationRef }> {
  const served = (await run.served()) ?? null;
  if (run.cursor === null) {
    await run.note({ step: 'beginning', done: 0 }, { away: served?.space ?? null });
    return { from: served };
  }
  const { away } = cursorSchema.parse(run.cursor);
  if (served === null || served.space === away || (space ?? served.space) !== served.space) return { from: served };
  // Kept beside the one that is served; papers may have come to it since.
  return { from: (await run.previousSpace()) ?? null, reached: served };
}

async function compare(tools: JobTools, from: GenerationRef, to: GenerationRef): Promise<Rehearsal> {
  const before = await tools.openGeneration(from);
  const after = await tools.openGeneration(to);
  try {
    return await rehearse(before, after, tools.store);
  } finally {
    await Promise.all([before.close(), after.close()]);
  }
}

async function measure(
  run: JobRun<MigrateParams>,
  evals: readonly string[],
  embedder: Embedder,
  from: GenerationRef | null,
): Promise<MigrateReport['quality']> {
  if (evals.length === 0) return {};
  // The old model may be what is to be replaced because it is gone.
  const old = from?.model === undefined ? undefined : await run.embedderOf(from.model).catch(() => undefined);
  const quality: MigrateReport['quality'] = {};
  for (const name of evals) {
    const set = await readEvalSet(run.evalFolder(name));
    const onEmbedded = (done: number, total: number) => run.note({ step: set.name, done, total });
    const before = old === undefined || old.space !== from?.space ? null : await evaluate(set, { embedder: old, onEmbedded });
    quality[set.name] = { before, after: await evaluate(set, { embedder, onEmbedded }) };
  }
  return quality;
}
