/** The flags that every command which ranks papers has: which papers, and in what order. */
import type { Command } from 'commander';

export function askFlags(command: Command): Command {
  return command
    .option('-k <number>', 'results wanted, 1 to 200', '10')
    .option('--from <date>', 'published then or later: YYYY, YYYY-MM or YYYY-MM-DD')
    .option('--to <date>', 'published then or earlier')
    .option('--category <name>', 'in this category or one below it, such as cs or cs.CL')
    .option('--venue <words>', 'the venue has these words')
    .option('--author <words>', 'one author has these words in the name')
    .option('--min-authors <number>', 'at least so many authors')
    .option('--max-authors <number>', 'at most so many authors')
    .option('--source <name>', 'the record came from there')
    .option('--has <field>', 'says its abstract, authors, date, venue, url or categories')
    .option('--explain', 'say of each paper why it is there')
    .option('--no-fold', 'versions of one work as hits of their own')
    .option('--diversity <number>', 'from 0 to 1: how much a result must differ from those above it')
    .option('--recency <time>', 'half-life of a score, such as 180d or 1y')
    .option('--sort <order>', 'score or date')
    .option('--min-score <number>', 'no hits below it');
}

/** As a query string would have them. */
export function asParams({ fold, explain, ...options }: { fold?: boolean; explain?: boolean }): Record<string, unknown> {
  return { ...options, ...(fold === false && { fold: 'false' }), ...(explain === true && { explain: 'true' }) };
}
