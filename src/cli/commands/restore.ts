import { Command } from 'commander';
import { z } from 'zod';
import { restoreSnapshot } from '../../backup/restore-snapshot.ts';
import type { Config } from '../../config.ts';
import { describeServices } from '../../describe-services.ts';
import { messageOf } from '../../errors.ts';
import { dataFolder } from '../../services.ts';
import { EXIT } from '../exit-codes.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { interruptible } from '../progress.ts';
import { withServices } from '../with-services.ts';

const optionsSchema = z.object({ replace: z.boolean().default(false) });

export function restoreCommand(): Command {
  return new Command('restore')
    .description('bring a snapshot back into a data folder that nobody uses, and build its graph without embedding')
    .argument('<file>', 'a file that "paperkin snapshot" wrote; nothing changes unless it is whole')
    .option('--replace', 'put it in the place of the papers that are there')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin restore papers.snapshot\n  paperkin --data-dir /tmp/trial restore papers.snapshot\n  paperkin restore --replace papers.snapshot',
    )
    .action(async (file: string, options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { replace } = parseOptions(optionsSchema, options);
      const { papers, revision, createdAt, model, canceledJobs } = await interruptible(
        (signal) => restoreSnapshot(file, dataFolder(config), { replace, signal }),
        `${config.dataDir} is as it was`,
      );
      const graph = await buildGraph(config).catch((error: unknown) => ({ problem: messageOf(error) }));
      const report = { papers, revision, createdAt, model, canceledJobs, ...graph };
      process.stdout.write(`${json ? JSON.stringify(report) : `restored ${papers} papers as they were at ${createdAt}`}\n`);
      const say = (line: string) => process.stderr.write(`paperkin: ${line}\n`);
      if (canceledJobs.length > 0) {
        say(`jobs that had not ended are canceled, ask for what is still wanted again: ${canceledJobs.join(', ')}`);
      }
      if ('problem' in graph) {
        say(`the papers are restored, their graph is not built: ${graph.problem}; mend it, then "paperkin reindex" builds it`);
        process.exitCode = EXIT.fault;
      } else if (graph.pending > 0) {
        say(
          `${graph.pending} of ${papers} papers have no vector of this model: the next start, or "paperkin reindex", embeds them`,
        );
      }
    });
}

/** Built once here, not anew by each command until a service has started. */
function buildGraph(config: Config): Promise<{ indexed: number; pending: number }> {
  return withServices(config, { processes: 1, access: 'command' }, async (services) => {
    await services.indexer.catchUp();
    await services.indexer.publish();
    const { indexed, pending } = await describeServices(services, config);
    return { indexed, pending };
  });
}
