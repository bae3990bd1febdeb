import { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { globalsOf } from '../options.ts';
import { embeddingProgress, interruptible } from '../progress.ts';
import { requireDatabase, withServices } from '../with-services.ts';

export function reindexCommand(): Command {
  return new Command('reindex')
    .description('embed what has no vector and bring the index up to date')
    .option('--rebuild', 'build the graph anew from the stored vectors, without tombstones')
    .addHelpText('after', '\nExamples:\n  paperkin reindex\n  paperkin reindex --rebuild')
    .action(async (options: { rebuild?: true }, command: Command) => {
      const { config, json } = globalsOf(command);
      requireDatabase(config);
      const progress = embeddingProgress();
      const report = await withServices(config, { freshIndex: options.rebuild === true }, async ({ indexer }) => {
        const synced = await interruptible((signal) => indexer.sync({ onProgress: progress.update, signal })).finally(
          progress.stop,
        );
        await indexer.publish();
        return { ...synced, generation: indexer.generation.generation };
      });
      const text = `embedded ${report.embedded}, applied ${report.applied} changes, generation ${report.generation ?? '-'}`;
      process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
      if (report.embedded + report.applied === 0) process.exitCode = EXIT.nothingChanged;
    });
}
