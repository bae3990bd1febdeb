/** Sends ranked papers, or one paper, in a form that is not JSON. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Paper } from '../../paper.ts';
import type { Answer } from '../../recommend/answer.ts';
import { bibtexOf } from './bibtex.ts';
import { csvOf } from './csv.ts';
import { type Format, MEDIA_TYPES } from './format.ts';
import { listMarkdown, paperMarkdown, type RankedPaper, rankedPapers } from './markdown.ts';

type OtherFormat = Exclude<Format, 'json'>;

export interface ListParts {
  heading: string;
  /** Of the next page, null on the last one. */
  cursor: string | null;
}

/** What a browser calls the file that it saves. */
const FILES: Partial<Record<OtherFormat, string>> = { bibtex: 'papers.bib', csv: 'papers.csv' };

const WRITERS: Record<OtherFormat, (hits: readonly RankedPaper[], heading: string) => string> = {
  markdown: (hits, heading) => listMarkdown(hits, { heading }),
  bibtex: (hits) => bibtexOf(hits.map(({ paper }) => paper)),
  csv: (hits) => csvOf(hits),
};

/** The next page of what a GET asks for is in the header `link`. */
export function sendList(
  request: FastifyRequest,
  reply: FastifyReply,
  format: OtherFormat,
  { results, tookMs }: Answer,
  { heading, cursor }: ListParts,
): FastifyReply {
  request.tookMs = tookMs;
  if (cursor !== null && request.method === 'GET') {
    // The host is not looked at: the link is relative to the request.
    const next = new URL(request.url, 'http://localhost');
    next.searchParams.set('cursor', cursor);
    reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
  }
  return sendText(reply, format, WRITERS[format](rankedPapers(results), heading));
}

export function sendPaper(reply: FastifyReply, format: Exclude<OtherFormat, 'csv'>, paper: Paper): FastifyReply {
  return sendText(reply, format, format === 'bibtex' ? bibtexOf([paper]) : paperMarkdown(paper));
}

function sendText(reply: FastifyReply, format: OtherFormat, text: string): FastifyReply {
  const file = FILES[format];
  if (file !== undefined) reply.header('content-disposition', `inline; filename="${file}"`);
  return reply.type(`${MEDIA_TYPES[format]}; charset=utf-8`).send(Buffer.from(text));
}
