import { Command } from 'commander';
import { askOptions, filterOfParams } from '../../http/ask-options.ts';
import { idParams, similarQuery } from '../../http/schemas.ts';
import { printAnswer } from '../answer-output.ts';
import { askFlags, asParams } from '../ask-flags.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { requireDatabase, withServices } from '../with-services.ts';

export function similarCommand(): Command {
  return askFlags(new Command('similar'))
    .description('papers like one paper')
    .argument('<id>', 'id of a paper')
    .addHelpText('after', '\nExamples:\n  paperkin similar dp-0e9d231d5629\n  paperkin --json similar arxiv:1703.05778 -k 20')
    .action(async (paper: string, options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { id } = parseOptions(idParams, { id: paper });
      const asked = parseOptions(similarQuery, asParams(options));
      requireDatabase(config);
      await withServices(config, { processes: 1, access: 'read' }, async ({ indexer, recommender }) => {
        await indexer.catchUp();
        printAnswer(await recommender.similar(id, askOptions(asked, filterOfParams(asked), { id })), json);
      });
    });
}
