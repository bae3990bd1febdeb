import { Command } from 'commander';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { requireJob } from '../../jobs/known-job.ts';
import type { Job, JobStore } from '../../papers/job-store.ts';
import { openQueue } from '../../services.ts';
import { EXIT } from '../exit-codes.ts';
import { globalsOf, parseOptions } from '../options.ts';
import { requireDatabase } from '../with-services.ts';

const listOptions = z.object({ limit: z.coerce.number().int().min(1).max(1_000) });
const REJECTS_A_PAGE = 1_000;

export function jobsCommand(): Command {
  const jobs = new Command('jobs')
    .description('batch jobs: list, show, rejects, cancel, retry')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin jobs list\n  paperkin jobs show job-2f1c9a77b0de\n  paperkin jobs rejects job-2f1c9a77b0de',
    );

  jobs
    .command('list')
    .description('newest first')
    .option('--limit <number>', 'jobs wanted', '20')
    .action(async (options: object, command: Command) => {
      const { config, json } = globalsOf(command);
      const { limit } = parseOptions(listOptions, options);
      const found = await withQueue(config, (queue) => queue.jobs({ limit }));
      process.stdout.write(json ? `${JSON.stringify({ jobs: found })}\n` : found.map((job) => `${line(job)}\n`).join(''));
    });

  jobs
    .command('show')
    .description('one job, whole')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { config } = globalsOf(command);
      const job = await withQueue(config, (queue) => requireJob(queue, id));
      process.stdout.write(`${JSON.stringify(job, null, 2)}\n`);
    });

  jobs
    .command('rejects')
    .description('rows that a job refused, a line each: file:line: reason')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { config, json } = globalsOf(command);
      await withQueue(config, async (queue) => {
        await requireJob(queue, id);
        for (let after = 0; ; after += REJECTS_A_PAGE) {
          const rows = await queue.rejects(id, { limit: REJECTS_A_PAGE, after });
          if (rows.length === 0) return;
          const lines = rows.map((row) => (json ? JSON.stringify(row) : `${row.file}:${row.line}: ${row.message}`));
          process.stdout.write(`${lines.join('\n')}\n`);
        }
      });
    });

  jobs
    .command('cancel')
    .description('stop a job between two batches; what it has done stays done')
    .argument('<id>')
    .action((id: string, _options: unknown, command: Command) => change(id, command, (queue) => queue.cancelJob(id)));

  jobs
    .command('retry')
    .description('let a job that failed or was canceled go on where it was, in the running or the next service')
    .argument('<id>')
    .action((id: string, _options: unknown, command: Command) => change(id, command, (queue) => queue.retryJob(id)));

  return jobs;
}

async function change(id: string, command: Command, work: (queue: JobStore) => Promise<Job | undefined>): Promise<void> {
  const { config, json } = globalsOf(command);
  await withQueue(config, async (queue) => {
    const before = await requireJob(queue, id);
    const after = (await work(queue)) ?? before;
    process.stdout.write(`${json ? JSON.stringify(after) : line(after)}\n`);
    if (after.state === before.state && after.cancelRequested === before.cancelRequested) process.exitCode = EXIT.nothingChanged;
  });
}

async function withQueue<T>(config: Config, work: (queue: JobStore) => Promise<T>): Promise<T> {
  requireDatabase(config);
  const { jobs, close } = await openQueue(config);
  return await work(jobs).finally(close);
}

function line({ id, kind, state, step, done, total, createdAt, rejected, error }: Job): string {
  const progress = state === 'processing' ? `${step} ${done}${total === null ? '' : ` of ${total}`}` : (error ?? '');
  return `${id}  ${createdAt}  ${kind.padEnd(8)} ${state.padEnd(10)} ${rejected} rejected  ${progress}`.trimEnd();
}
