import { Command } from 'commander';
import { z } from 'zod';
import { searchQuery } from '../../http/schemas.ts';
import { printAnswer } from '../answer-output.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { requireDatabase, withServices } from '../with-services.ts';

export function searchCommand(): Command {
  return new Command('search')
    .description('papers for a free-text query')
    .argument('<query...>', 'what you look for')
    .option('-k <number>', 'results wanted, 1 to 200', '10')
    .option('--mode <mode>', 'hybrid, dense or lexical', 'hybrid')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin search exact diffusion inversion -k 5\n  paperkin --json search --mode lexical "koopman operator"',
    )
    .action(async (words: string[], options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { q, k, mode } = parseOptions(z.object(searchQuery.shape), { ...options, q: words.join(' ') });
      requireDatabase(config);
      await withServices(config, { processes: 1, access: 'read' }, async ({ indexer, recommender }) => {
        await indexer.catchUp();
        printAnswer(await recommender.search(q, { k, mode }), json);
      });
    });
}
