import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { priceImport } from '../../jobs/price-job.ts';
import { keepUpload } from '../../jobs/uploads.ts';
import { writerOf } from '../../papers/writer-lock.ts';
import { FORMATS } from '../../seeds/formats.ts';
import { readFiles, STDIN } from '../../seeds/read-files.ts';
import { EXIT } from '../exit-codes.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { sayPrice } from '../say-price.ts';

const FORMAT_NAMES = ['auto', ...FORMATS].join(', ');
const optionsSchema = z.object({
  format: z.enum(['auto', ...FORMATS], `must be one of ${FORMAT_NAMES}`).default('auto'),
  dryRun: z.boolean().default(false),
});
const reportSchema = z.object({
  new: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  rejected: z.int(),
  embedded: z.int(),
  tokens: z.int(),
});
/** Of a job that was canceled while a service worked on it. */
const NOTHING: z.infer<typeof reportSchema> = { new: 0, changed: 0, unchanged: 0, rejected: 0, embedded: 0, tokens: 0 };

export function importCommand(): Command {
  return new Command('import')
    .description('store papers from files, embed what is new and index it')
    .argument('<files...>', `files of any of the formats, plain or gzipped; ${STDIN} for standard input`)
    .option('--format <format>', `one of ${FORMAT_NAMES}; auto, found by content, when left out`)
    .option('--dry-run', 'say what would be stored and embedded, and how long it would take; nothing is written')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin import papers.jsonl.gz\n  paperkin import references.bib harvest.xml table.csv\n  zcat works.jsonl.gz | paperkin import --format openalex -\n  paperkin import seeds/pages/*.txt',
    )
    .action(async (files: string[], options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { format, dryRun } = parseOptions(optionsSchema, options);
      requireFiles(files);
      if (dryRun) {
        await sayPrice(config, json, async ({ store, stdin, embedder }) =>
          priceImport(await readFiles(files, { format, stdin }), store, await embedder()),
        );
        return;
      }
      const job = await runJob(config, { kind: 'import', params: await inputOf(config, files, format), indexes: true });
      const report = reportSchema.parse(job.report ?? NOTHING);
      const text = `${report.new} new, ${report.changed} changed, ${report.unchanged} unchanged, ${report.rejected} rejected; ${report.embedded} embedded`;
      process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
      process.exitCode = exitCodeOf(report);
    });
}

/** A service reads files for itself, but not this process's standard input: it is kept in the data folder first. */
async function inputOf(config: Config, files: string[], format: z.infer<typeof optionsSchema>['format']) {
  if (!files.includes(STDIN) || writerOf(config.dataDir)?.role !== 'service') {
    return { files: files.map((file) => (file === STDIN ? file : resolve(file))), format, upload: false };
  }
  if (files.length > 1) {
    throw new AppError(
      'invalid_input',
      'while a service is running, standard input is imported alone: name the files in a second command',
    );
  }
  return { files: [await keepUpload(config.dataDir, process.stdin)], format, upload: true };
}

function exitCodeOf(report: z.infer<typeof reportSchema>): number {
  if (report.new + report.changed + report.embedded > 0) return EXIT.ok;
  // A file in which nothing could be read is a fault, not an import without news.
  return report.rejected > 0 && report.unchanged === 0 ? EXIT.fault : EXIT.nothingChanged;
}

function requireFiles(files: readonly string[]): void {
  const missing = files.filter((file) => file !== STDIN && !(existsSync(file) && statSync(file).isFile()));
  if (missing.length > 0) throw new AppError('invalid_input', `no such file: ${missing.join(', ')}`);
}
