import { Command } from 'commander';
import { askOptions, filterOfParams } from '../../http/ask-options.ts';
import { searchQuery } from '../../http/schemas.ts';
import { printAnswer } from '../answer-output.ts';
import { askFlags, asParams } from '../ask-flags.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { requireDatabase, withServices } from '../with-services.ts';

export function searchCommand(): Command {
  return askFlags(new Command('search'))
    .description('papers for a free-text query')
    .argument('<query...>', 'what you look for')
    .option('--mode <mode>', 'hybrid, dense or lexical', 'hybrid')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin search exact diffusion inversion -k 5\n  paperkin --json search --mode lexical "koopman operator"',
    )
    .action(async (words: string[], options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { q, mode, ...asked } = parseOptions(searchQuery, { ...asParams(options), q: words.join(' ') });
      requireDatabase(config);
      await withServices(config, { processes: 1, access: 'read' }, async ({ indexer, recommender }) => {
        await indexer.catchUp();
        printAnswer(await recommender.search(q, { ...askOptions(asked, filterOfParams(asked), { q, mode }), mode }), json);
      });
    });
}
