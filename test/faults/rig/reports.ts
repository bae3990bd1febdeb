/** What a command says of itself with `--json`. */
import { z } from 'zod';
import { must } from '../fault.ts';
import type { Ended } from './processes.ts';

/** A rebuild says nothing of embedding: it does none. */
const reportSchema = z.object({ embedded: z.int().default(0) });

/** Exit code 3 is an import or a reindexing that found nothing to do. */
export function reportOf(what: string, { code, signal, stdout, stderr }: Ended): z.infer<typeof reportSchema> {
  must(code === 0 || code === 3, () => `${what} ended with ${code ?? signal}: ${stderr}`);
  return reportSchema.parse(JSON.parse(stdout));
}
