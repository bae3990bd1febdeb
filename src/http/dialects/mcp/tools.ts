/** The tools that a model is given: search, papers like some, one paper. Each answers with data and with text to read. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { z } from 'zod';
import { AppError } from '../../../errors.ts';
import type { PaperId } from '../../../paper.ts';
import type { PaperFilter } from '../../../paper-filter.ts';
import type { Answer } from '../../../recommend/answer.ts';
import type { Services } from '../../../services.ts';
import { filterOfParams } from '../../ask-options.ts';
import { listMarkdown, paperMarkdown, rankedPapers } from '../../formats/markdown.ts';
import { bestOf } from '../plain-question.ts';
import { candidateIds, resolveIds } from '../semantic-scholar/paper-ids.ts';
import { getInput, getOutput, searchInput, searchOutput, similarInput, similarOutput } from './schemas.ts';

const READS = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };
const INSTRUCTIONS =
  'Research papers of a local corpus. search_papers finds papers for words, similar_papers finds papers like those with given ids, ' +
  'get_paper gives one whole. Ids come from the answers; arXiv ids and DOIs are understood too.';

export interface ToolCall {
  signal: AbortSignal;
  /** What is said to the caller of whatever was thrown. */
  explain(error: unknown): string;
  /** Told where the time of an answer went. */
  took(answer: Answer): void;
}

type Listed = z.infer<typeof searchOutput>['papers'];

/** A server for one message, or one batch of them. */
export function createToolServer(services: Services, { signal, explain, took }: ToolCall): McpServer {
  const { recommender, store, version } = services;
  const server = new McpServer({ name: 'paperkin', title: 'Paperkin', version }, { instructions: INSTRUCTIONS });

  const said = (run: () => Promise<CallToolResult>) =>
    run().catch((error: unknown): CallToolResult => ({ isError: true, content: [{ type: 'text', text: explain(error) }] }));

  server.registerTool(
    'search_papers',
    {
      title: 'Search papers',
      description: 'Papers for an interest, a question or a title, ranked by meaning and by words.',
      inputSchema: searchInput,
      outputSchema: searchOutput,
      annotations: READS,
    },
    ({ query, mode, k, abstracts, ...conditions }) =>
      said(async () => {
        const filter = filterOfParams(conditions, 'arguments');
        const answer = await recommender.search(query, { ...bestOf({ k }), mode, filter, signal });
        took(answer);
        return listed(answer, { heading: `Papers for “${query}”`, abstracts });
      }),
  );

  server.registerTool(
    'similar_papers',
    {
      title: 'Similar papers',
      description: 'Papers like one or several papers, and unlike others, ranked by meaning.',
      inputSchema: similarInput,
      outputSchema: similarOutput,
      annotations: READS,
    },
    ({ like, dislike, text, k, abstracts, ...conditions }) =>
      said(async () => {
        const [liked, disliked] = [await known(like), await known(dislike)];
        if (liked.found.length === 0 && text === undefined) throw unknown(like);
        const asked = { ...bestOf({ k }), filter: filterOfParams(conditions, 'arguments'), signal };
        const answer = await similar(liked.found, disliked.found, text, asked);
        took(answer);
        const missing = [...liked.missing, ...disliked.missing, ...(answer.seeds?.missing ?? [])];
        return listed(answer, { heading: `Papers like ${like.join(', ')}`, abstracts }, missing);
      }),
  );

  server.registerTool(
    'get_paper',
    {
      title: 'Get a paper',
      description: 'Title, abstract, authors, date, venue and link of one paper.',
      inputSchema: getInput,
      outputSchema: getOutput,
      annotations: READS,
    },
    ({ id }) =>
      said(async () => {
        const paper = (await store.get(candidateIds(id))).find((one) => one !== undefined);
        if (paper === undefined) throw unknown([id]);
        return { structuredContent: { paper }, content: [{ type: 'text', text: paperMarkdown(paper) }] };
      }),
  );

  async function known(ids: readonly string[]): Promise<{ found: PaperId[]; missing: string[] }> {
    const resolved = await resolveIds(store, ids);
    return {
      found: [...new Set(resolved.filter((id) => id !== undefined))],
      missing: ids.filter((_, i) => resolved[i] === undefined),
    };
  }

  async function similar(
    like: readonly PaperId[],
    dislike: readonly PaperId[],
    text: string | undefined,
    asked: ReturnType<typeof bestOf> & { filter: PaperFilter | undefined; signal: AbortSignal },
  ): Promise<Answer> {
    const [first, second] = like;
    if (first !== undefined && second === undefined && dislike.length === 0 && text === undefined) {
      return recommender.similar(first, asked);
    }
    const seed = (id: PaperId) => ({ id, weight: 1 });
    const texts = text === undefined ? [] : [{ text, weight: 1 }];
    const seeds = { like: [...like.map(seed), ...texts], dislike: dislike.map(seed) };
    return recommender.recommend({ ...seeds, onMissing: 'skip' }, asked);
  }

  return server;
}

function unknown(ids: readonly string[]): AppError {
  const named = ids.map((id) => `"${id}"`).join(', ');
  return new AppError('paper_not_found', `no paper is known here as ${named}: search_papers finds papers and their ids`);
}

function listed(
  { results, warnings }: Answer,
  { heading, abstracts }: { heading: string; abstracts: boolean },
  missing?: readonly string[],
): CallToolResult {
  const hits = rankedPapers(results);
  const papers = hits.map(({ rank, score, versions, paper: { abstract, ...paper } }): Listed[number] => ({
    rank,
    score,
    ...paper,
    ...(abstracts && { abstract }),
    versions: [...versions],
  }));
  const notes = warnings.map(({ message }) => message);
  const lines = [...notes, ...(missing === undefined || missing.length === 0 ? [] : [`Not known here: ${missing.join(', ')}`])];
  const text = [listMarkdown(hits, { heading, abstracts }), ...lines].join('\n');
  return {
    structuredContent: { papers, warnings: notes, ...(missing !== undefined && { missing: [...missing] }) },
    content: [{ type: 'text', text }],
  };
}
