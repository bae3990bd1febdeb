import { Command } from 'commander';
import { takeSnapshot } from '../../backup/take-snapshot.ts';
import { dataFolder, readVersion } from '../../services.ts';
import { globalsOf } from '../options.ts';
import { interruptible, megabytes } from '../progress.ts';
import { requireDatabase } from '../with-services.ts';

export function snapshotCommand(): Command {
  return new Command('snapshot')
    .description('write papers, vectors and the choice of the model into one checksummed file; works beside a running service')
    .argument('<file>', 'replaced in one step when it is there')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin snapshot papers.snapshot\n  paperkin --data-dir /var/lib/paperkin snapshot "/backup/paperkin-$(date +%F).snapshot"',
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      const { config, json } = globalsOf(command);
      requireDatabase(config);
      const program = await readVersion();
      const report = await interruptible(
        (signal) => takeSnapshot(dataFolder(config), file, { program, signal }),
        `${file} is as it was`,
      );
      const text = `${file}: ${report.papers} papers at revision ${report.revision}, ${megabytes(report.sizeBytes)} MB`;
      process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
    });
}
