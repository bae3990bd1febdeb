import { Command } from 'commander';
import { describeServices } from '../../describe-services.ts';
import { globalsOf } from '../options.ts';
import { requireDatabase, withServices } from '../with-services.ts';

export function infoCommand(): Command {
  return new Command('info')
    .description('what the data folder holds')
    .addHelpText('after', '\nExamples:\n  paperkin info\n  paperkin --json info | jq .papers')
    .action(async (_options: unknown, command: Command) => {
      const { config, json } = globalsOf(command);
      requireDatabase(config);
      const info = await withServices(config, { processes: 1, access: 'read' }, async (services) => {
        await services.indexer.catchUp();
        return describeServices(services, config);
      });
      process.stdout.write(`${json ? JSON.stringify(info) : table(info)}\n`);
    });
}

/** One line a value, nested names joined by a dot. */
function table(value: object, prefix = ''): string {
  return Object.entries(value)
    .map(([key, inner]: [string, unknown]) =>
      typeof inner === 'object' && inner !== null
        ? table(inner, `${prefix}${key}.`)
        : `${`${prefix}${key}`.padEnd(20)} ${inner ?? '-'}`,
    )
    .join('\n');
}
