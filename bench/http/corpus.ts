import { z } from 'zod';
import type { BenchPaper } from '../lib/papers.ts';

const pageSchema = z.object({
  papers: z.array(z.object({ id: z.string(), title: z.string(), abstract: z.string() })),
  nextCursor: z.string().nullable(),
});

/** The newest `limit` papers that the server holds, over its own list. */
export async function listPapers(url: string, limit: number): Promise<BenchPaper[]> {
  const papers: BenchPaper[] = [];
  let cursor: string | null = '';
  while (cursor !== null && papers.length < limit) {
    const query = new URLSearchParams({ limit: '200', ...(cursor === '' ? {} : { cursor }) });
    const response = await fetch(`${url}/v1/papers?${query}`);
    const page = pageSchema.parse(await response.json());
    papers.push(...page.papers);
    cursor = page.nextCursor;
  }
  return papers.slice(0, limit);
}
