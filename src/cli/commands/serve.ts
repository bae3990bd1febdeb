import { Command } from 'commander';
import { runServer } from '../../http/server.ts';
import { globalsOf } from '../options.ts';

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve the HTTP API and the page; an empty store gets the bundled corpus first')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin serve\n  PORT=8080 HOST=0.0.0.0 ANONYMOUS=read paperkin --data-dir /var/lib/paperkin serve',
    )
    .action(async (_options: unknown, command: Command) => {
      const { config } = globalsOf(command);
      await runServer(config, (line) => process.stderr.write(`paperkin: ${line}\n`));
    });
}
