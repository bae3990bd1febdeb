import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { MigrateReport } from '../../jobs/migrate-job.ts';
import { priceJob } from '../../jobs/price-job.ts';
import { findModel, isFolderPath } from '../../models/model-library.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { sayPrice } from '../say-price.ts';
import { requireDatabase } from '../with-services.ts';

const optionsSchema = z.object({
  cutover: z.boolean().default(false),
  rollback: z.boolean().default(false),
  eval: z.array(z.string().min(1)).default([]),
  dryRun: z.boolean().default(false),
});

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('go over to another model (--model) beside the one that serves: embed, index, compare, then switch')
    .option('--cutover', 'serve the new model at the end; without it this is a rehearsal')
    .option('--rollback', 'go back to the model before, without embedding')
    .option('--eval <folders...>', 'evaluation folders on which the two models are compared')
    .option('--dry-run', 'say how much would be embedded, and how long it would take; nothing is written')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin migrate --model Xenova/all-MiniLM-L6-v2 --eval evals/scitldr\n  paperkin migrate --model Xenova/all-MiniLM-L6-v2 --dry-run\n  paperkin migrate --model Xenova/all-MiniLM-L6-v2 --cutover\n  paperkin migrate --rollback',
    )
    .action(async (options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { cutover, rollback, eval: folders, dryRun } = parseOptions(optionsSchema, options);
      requireDatabase(config);
      if (rollback === (config.model !== undefined)) {
        throw new AppError(
          'invalid_input',
          rollback ? '--rollback takes no --model' : '--model is missing: the model to go over to',
        );
      }
      const evals = folders.map((folder) => (isFolderPath(folder) || folder.includes('/') ? resolve(folder) : folder));
      const params = rollback
        ? { rollback }
        : { model: (await findModel(config.dataDir, config.model ?? '')).name, evals, cutover };
      // Which model serves is the data folder's to say here.
      const served = { ...config, model: undefined };
      if (dryRun) return await sayPrice(served, json, (tools) => priceJob({ kind: 'migrate', params }, tools));
      const { report } = await runJob(served, { kind: 'migrate', params, indexes: false });
      if (report === null) return;
      // Made by `runMigrate` of this version.
      process.stdout.write(`${json ? JSON.stringify(report) : describe(report as unknown as MigrateReport)}\n`);
    });
}

function describe({ from, to, embedded, rehearsal, quality, switched }: MigrateReport): string {
  const name = (ref: MigrateReport['to'] | null) => (ref === null ? 'nothing' : (ref.model ?? ref.space));
  const lines = [`from ${name(from)} to ${name(to)}: ${embedded} texts embedded, generation ${to.id}`];
  if (rehearsal !== null) {
    lines.push(`overlap@10 ${rehearsal.overlap10}, rank churn ${rehearsal.rankChurn}, over ${rehearsal.sample} papers`);
    if (rehearsal.overlap10 < 1) {
      lines.push('most changed neighbours:');
      lines.push(...rehearsal.mostChanged.map(({ id, title, overlap10 }) => `  ${overlap10.toFixed(1)}  ${id}  ${title}`));
    }
  }
  for (const [set, { before, after }] of Object.entries(quality)) {
    lines.push(`${set}: nDCG@10 ${before?.ndcg10 ?? '-'} -> ${after.ndcg10}, MRR@10 ${before?.mrr10 ?? '-'} -> ${after.mrr10}`);
  }
  lines.push(switched ? 'switched' : 'not switched: run it again with --cutover');
  return lines.join('\n');
}
