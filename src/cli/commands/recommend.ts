import { Command } from 'commander';
import { z } from 'zod';
import { askOptions, filterOfParams } from '../../http/ask-options.ts';
import { recommendBody, similarQuery } from '../../http/schemas.ts';
import { printAnswer } from '../answer-output.ts';
import { askFlags, asParams } from '../ask-flags.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { requireDatabase, withServices } from '../with-services.ts';

interface SeedFlags {
  likeText: string[];
  dislike: string[];
  dislikeText: string[];
  onMissing: string;
}

export function recommendCommand(): Command {
  return askFlags(new Command('recommend'))
    .description('papers like some and unlike others')
    .argument('[like...]', 'ids of papers to be near to')
    .option('--like-text <text>', 'a text to be near to; may be given again', collect, [])
    .option('--dislike <id>', 'id of a paper to be far from; may be given again', collect, [])
    .option('--dislike-text <text>', 'a text to be far from; may be given again', collect, [])
    .option('--on-missing <what>', 'skip an unknown id, or error', 'skip')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin recommend dp-0e9d231d5629 dp-64b7228ce25e\n' +
        '  paperkin --json recommend --like-text "koopman operator" --dislike-text "control theory" -k 5',
    )
    .action(async (like: string[], given: SeedFlags & object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { likeText, dislike, dislikeText, onMissing, ...rest } = given;
      const seeds = (ids: string[], texts: string[]) => [...ids.map((id) => ({ id })), ...texts.map((text) => ({ text }))];
      const { like: likes, dislike: dislikes } = recommendBody.shape;
      const question = parseOptions(z.object({ like: likes, dislike: dislikes, onMissing: recommendBody.shape.onMissing }), {
        like: seeds(like, likeText),
        dislike: seeds(dislike, dislikeText),
        onMissing,
      });
      // Everything else is as for a paper: a command line knows no `filter`.
      const asked = parseOptions(similarQuery, asParams(rest));
      requireDatabase(config);
      await withServices(config, { processes: 1, access: 'read' }, async ({ indexer, recommender }) => {
        await indexer.catchUp();
        printAnswer(await recommender.recommend(question, askOptions(asked, filterOfParams(asked), question)), json);
      });
    });
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
