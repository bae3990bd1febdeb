/** Says what a job would do and cost instead of running it: beside a running service too. */
import type { Config } from '../config.ts';
import { openJobHost } from '../job-host.ts';
import type { JobTools } from '../jobs/job-tools.ts';
import type { JobPrice } from '../jobs/price-job.ts';
import { requireDatabase } from './with-services.ts';

/** What `price` writes to the store, it takes back before anybody sees it. */
export async function sayPrice(config: Config, json: boolean, price: (tools: JobTools) => Promise<JobPrice>): Promise<void> {
  requireDatabase(config);
  const host = await openJobHost(config, { lock: false });
  const found = await price(host.tools).finally(host.close);
  process.stdout.write(`${json ? JSON.stringify(found) : describe(found)}\n`);
}

function describe({ papers, texts, tokens, etaS, rebuilt }: JobPrice): string {
  const { new: added, changed, unchanged, rejected } = papers;
  const words = [
    `would be ${added} new, ${changed} changed, ${unchanged} unchanged, ${rejected} rejected`,
    `${texts} texts to embed, about ${tokens} tokens, ${etaS ?? 0} s`,
    ...(rebuilt === 0 ? [] : [`a graph of ${rebuilt} papers built anew`]),
  ];
  return words.join('; ');
}
