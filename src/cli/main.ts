#!/usr/bin/env node
/** `paperkin`: the command line. Data on stdout, everything said about it on stderr. */
import { Command, CommanderError } from 'commander';
import { AppError, messageOf } from '../errors.ts';
import { readVersion } from '../services.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { infoCommand } from './commands/info.ts';
import { jobsCommand } from './commands/jobs.ts';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { modelsCommand } from './commands/models.ts';
import { recommendCommand } from './commands/recommend.ts';
import { reindexCommand } from './commands/reindex.ts';
import { restoreCommand } from './commands/restore.ts';
import { searchCommand } from './commands/search.ts';
import { serveCommand } from './commands/serve.ts';
import { similarCommand } from './commands/similar.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { EXIT } from './exit-codes.ts';

const program = new Command('paperkin')
  .description('Similar papers and free-text search over a corpus of research papers')
  .version(await readVersion())
  .option('--data-dir <folder>', 'folder of the database and the index (DATA_DIR)')
  .option('--model <name>', 'embedding model, a name that "models list" prints or a folder (MODEL)')
  .option('--json', 'machine-readable output')
  .showHelpAfterError('(add --help for the options and examples)')
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 done, 1 fault, 2 wrong use, 3 nothing changed');

const COMMANDS = [
  serveCommand,
  importCommand,
  searchCommand,
  similarCommand,
  recommendCommand,
  reindexCommand,
  migrateCommand,
  evaluateCommand,
  jobsCommand,
  exportCommand,
  snapshotCommand,
  restoreCommand,
  infoCommand,
  modelsCommand,
  keysCommand,
];
for (const command of COMMANDS) {
  const added = command().copyInheritedSettings(program);
  for (const inner of added.commands) inner.copyInheritedSettings(program);
  program.addCommand(added);
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has said what is wrong; help and version come here with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  process.stderr.write(`paperkin: ${messageOf(error).replace(/\s*\n\s*/g, '; ')}\n`);
  return error instanceof AppError && error.code === 'invalid_input' ? EXIT.usage : EXIT.fault;
}
