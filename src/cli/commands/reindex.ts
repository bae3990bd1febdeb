import { Command } from 'commander';
import { z } from 'zod';
import { priceJob, type StoredJob } from '../../jobs/price-job.ts';
import { EXIT } from '../exit-codes.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { sayPrice } from '../say-price.ts';
import { requireDatabase } from '../with-services.ts';

const optionsSchema = z
  .object({ all: z.boolean().default(false), rebuild: z.boolean().default(false), dryRun: z.boolean().default(false) })
  .refine(({ all, rebuild }) => !(all && rebuild), '--all builds the graph anew too: leave --rebuild out');

export function reindexCommand(): Command {
  return new Command('reindex')
    .description('embed what has no vector and bring the index up to date')
    .option('--all', 'embed every text again, and build the graph anew of what comes out')
    .option('--rebuild', 'build the graph anew from the stored vectors, without tombstones; nothing is embedded')
    .option('--dry-run', 'say how much would be embedded, and how long it would take; nothing is written')
    .addHelpText('after', '\nExamples:\n  paperkin reindex\n  paperkin reindex --rebuild\n  paperkin reindex --all --dry-run')
    .action(async (options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { all, rebuild, dryRun } = parseOptions(optionsSchema, options);
      requireDatabase(config);
      const job: StoredJob = rebuild ? { kind: 'compact', params: {} } : { kind: 'reindex', params: { all } };
      if (dryRun) return await sayPrice(config, json, (tools) => priceJob(job, tools));
      const { report } = await runJob(config, { ...job, indexes: !all && !rebuild });
      const { embedded = 0, papers, generation } = report ?? {};
      const text = rebuild
        ? `${papers} papers in generation ${generation}`
        : `embedded ${embedded}${all ? `, generation ${generation}` : ''}`;
      process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
      if (!all && !rebuild && embedded === 0) process.exitCode = EXIT.nothingChanged;
    });
}
