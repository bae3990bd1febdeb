import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { globalsOf } from '../options.ts';
import { runJob } from '../run-job.ts';

const measured = z.object({ ndcg10: z.number(), recall20: z.number(), mrr10: z.number(), queries: z.int() });
const reportSchema = z.object({ model: z.string(), space: z.string(), quality: z.record(z.string(), measured) });

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('how well the model ranks evaluation sets: nDCG@10, recall@20, MRR@10')
    .argument('<folders...>', 'folders with corpus.jsonl.gz, queries.jsonl and qrels.tsv')
    .addHelpText('after', '\nExamples:\n  paperkin evaluate evals/scitldr\n  paperkin --json evaluate evals/* | jq .quality')
    .action(async (folders: string[], _options: unknown, command: Command) => {
      const { config, json } = globalsOf(command);
      const evals = folders.map((folder) => resolve(folder));
      const job = await runJob(config, { kind: 'evaluate', params: { evals }, indexes: false });
      if (job.report === null) return;
      const report = reportSchema.parse(job.report);
      const lines = Object.entries(report.quality).map(
        ([set, { ndcg10, recall20, mrr10, queries }]) =>
          `${set.padEnd(24)} nDCG@10 ${ndcg10.toFixed(4)}  recall@20 ${recall20.toFixed(4)}  MRR@10 ${mrr10.toFixed(4)}  ${queries} queries`,
      );
      process.stdout.write(`${json ? JSON.stringify(report) : lines.join('\n')}\n`);
    });
}
