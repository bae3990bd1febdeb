import { Command } from 'commander';
import { z } from 'zod';
import { idParams, similarQuery } from '../../http/schemas.ts';
import { printAnswer } from '../answer-output.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { requireDatabase, withServices } from '../with-services.ts';

export function similarCommand(): Command {
  return new Command('similar')
    .description('papers like one paper')
    .argument('<id>', 'id of a paper')
    .option('-k <number>', 'results wanted, 1 to 200', '10')
    .addHelpText('after', '\nExamples:\n  paperkin similar dp-2c1743a391e2\n  paperkin --json similar arxiv:1703.05778 -k 20')
    .action(async (paper: string, options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { id, k } = parseOptions(z.object({ ...idParams.shape, ...similarQuery.shape }), { ...options, id: paper });
      requireDatabase(config);
      await withServices(config, { processes: 1, access: 'read' }, async ({ indexer, recommender }) => {
        await indexer.catchUp();
        printAnswer(await recommender.similar(id, { k }), json);
      });
    });
}
