import { Command } from 'commander';
import { activeModel } from '../../active-model.ts';
import { readModel, spaceOf } from '../../embed/manifest.ts';
import { AppError } from '../../errors.ts';
import { storeChoice } from '../../models/model-choice.ts';
import { findModel } from '../../models/model-library.ts';
import { countPapers, storedSpaces } from '../../services.ts';
import { EXIT } from '../exit-codes.ts';
import { globalsOf } from '../options.ts';

export function modelsUseCommand(): Command {
  return new Command('use')
    .description('choose the model of this data folder before it has papers; "paperkin migrate" changes it afterwards')
    .argument('<name>', 'a name that "paperkin models list" prints, or a folder with a manifest.json')
    .addHelpText('after', '\nExamples:\n  paperkin models use intfloat/e5-small-v2\n  paperkin models use paperkin-papers')
    .action(async (given: string, _options: unknown, command: Command) => {
      const { config, json } = globalsOf(command);
      const { dataDir } = config;
      const { name, dir } = await findModel(dataDir, given);
      const manifest = await readModel(dir);
      const space = spaceOf(manifest);
      // Vectors of two models never meet, and changing over is work: it has a command of its own.
      const { notice } = await activeModel({ ...config, model: given }, () => storedSpaces(config));
      if (notice !== null) throw new AppError('invalid_input', notice);
      const changed = await storeChoice(dataDir, name);
      if (!changed) process.exitCode = EXIT.nothingChanged;
      const { papers, pending } = await countPapers(config, { id: space, dim: manifest.dim });
      process.stdout.write(`${json ? JSON.stringify({ changed, name, dir, space, papers, pending }) : name}\n`);
      const say = (line: string) => process.stderr.write(`paperkin: ${line}\n`);
      if (!changed) say('nothing changed, it was chosen');
      if (pending > 0) say(`${pending} of ${papers} papers have no vector yet: the next start, or "paperkin reindex", embeds them`);
      else if (papers > 0) say(`all ${papers} papers have their vectors of this model`);
      if (changed) say('a running service keeps its model until it is started again');
      if (config.model !== undefined) say(`MODEL or --model names ${config.model}, which wins over this choice while it is set`);
    });
}
