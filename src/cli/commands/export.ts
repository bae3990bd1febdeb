import { Command } from 'commander';
import { exportPapers } from '../../backup/export-papers.ts';
import { dataFolder } from '../../services.ts';
import { globalsOf } from '../options.ts';
import { interruptible } from '../progress.ts';
import { requireDatabase } from '../with-services.ts';

/** The name that stands for standard output. */
const STDOUT = '-';

export function exportCommand(): Command {
  return new Command('export')
    .description('write every paper as a line of JSONL, which "import" reads back; works beside a running service')
    .argument('[file]', `gzipped where the name ends in .gz; ${STDOUT} for standard output`, STDOUT)
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin export papers.jsonl.gz\n  paperkin export | jq -r .title\n  paperkin export | paperkin --data-dir elsewhere import -',
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      const { config, json } = globalsOf(command);
      requireDatabase(config);
      const target = file === STDOUT ? process.stdout : file;
      const papers = await interruptible(
        (signal) => exportPapers(dataFolder(config).database, target, signal),
        'what was written is not the whole',
      );
      // Beside papers on stdout there is no place for a report.
      if (file === STDOUT) process.stderr.write(`paperkin: exported ${papers} papers\n`);
      else process.stdout.write(`${json ? JSON.stringify({ file, papers }) : `exported ${papers} papers to ${file}`}\n`);
    });
}
