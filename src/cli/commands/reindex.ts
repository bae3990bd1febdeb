import { Command } from 'commander';
import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { requireDatabase } from '../with-services.ts';

const optionsSchema = z
  .object({ all: z.boolean().default(false), rebuild: z.boolean().default(false) })
  .refine(({ all, rebuild }) => !(all && rebuild), '--all builds the graph anew too: leave --rebuild out');

export function reindexCommand(): Command {
  return new Command('reindex')
    .description('embed what has no vector and bring the index up to date')
    .option('--all', 'embed every text again, and build the graph anew of what comes out')
    .option('--rebuild', 'build the graph anew from the stored vectors, without tombstones; nothing is embedded')
    .addHelpText('after', '\nExamples:\n  paperkin reindex\n  paperkin reindex --rebuild\n  paperkin reindex --all')
    .action(async (options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { all, rebuild } = parseOptions(optionsSchema, options);
      requireDatabase(config);
      const { report } = await runJob(
        config,
        rebuild ? { kind: 'compact', params: {}, indexes: false } : { kind: 'reindex', params: { all }, indexes: !all },
      );
      const { embedded = 0, papers, generation } = report ?? {};
      const text = rebuild
        ? `${papers} papers in generation ${generation}`
        : `embedded ${embedded}${all ? `, generation ${generation}` : ''}`;
      process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
      if (!all && !rebuild && embedded === 0) process.exitCode = EXIT.nothingChanged;
    });
}
