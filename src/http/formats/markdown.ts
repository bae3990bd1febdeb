/** Papers as Markdown (https://spec.commonmark.org/): for people who paste, and for programs that read as people do. */
import { type Paper, type PaperId, readRecord } from '../../paper.ts';
import type { Hit } from '../../recommend/answer.ts';

/** A ranked paper as the formats need it. */
export interface RankedPaper {
  /** From 1. */
  rank: number;
  score: number;
  paper: Paper;
  /** Ids of other versions of the same work. */
  versions: readonly PaperId[];
}

export function rankedPapers(hits: readonly Hit[]): RankedPaper[] {
  return hits.map(({ rank, score, paper, versions }) => ({ rank, score, versions, paper: readRecord(paper) }));
}

export interface ListStyle {
  /** Plain text. */
  heading: string;
  /** Default true. */
  abstracts?: boolean | undefined;
}

/** Signs that mean something inside a line. */
const SIGNS = /[\\`*_[\]<>~|#]|&(?=#?\w+;)/g;
/** What makes a list or a line of a line's beginning. */
const BEGINNING = /^(?:[+=-]|\d+(?=[.)]))/;

/** Plain text on one line, read back by a Markdown parser as it is. */
export function escapeMarkdown(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(SIGNS, '\\$&');
  return line.replace(BEGINNING, (found) => (/^\d/.test(found) ? `${found}\\` : `\\${found}`));
}

export function paperMarkdown(paper: Paper): string {
  const { title, url, abstract } = paper;
  const lines = [`# ${escapeMarkdown(title)}`, detailsOf(paper)];
  if (url !== null) lines.push(`<${destination(url)}>`);
  if (abstract !== '') lines.push(escapeMarkdown(abstract));
  return `${lines.join('\n\n')}\n`;
}

export function listMarkdown(hits: readonly RankedPaper[], { heading, abstracts = true }: ListStyle): string {
  const items = hits.map(({ rank, score, paper, versions }) => {
    const { title, url, abstract } = paper;
    const name = escapeMarkdown(title);
    const indent = ' '.repeat(`${rank}. `.length);
    const also = versions.length === 0 ? '' : ` · also ${versions.map(codeSpan).join(', ')}`;
    const lines = [
      `${rank}. **${url === null ? name : `[${name}](<${destination(url)}>)`}**\\`,
      `${indent}${detailsOf(paper)} · score ${score}${also}`,
    ];
    if (abstracts && abstract !== '') lines.push('', `${indent}${escapeMarkdown(abstract)}`);
    return lines.join('\n');
  });
  return `${[`# ${escapeMarkdown(heading)}`, ...(items.length === 0 ? ['No papers.'] : items)].join('\n\n')}\n`;
}

/** Names, date, place, classes and id, as far as they are known. */
function detailsOf({ id, authors, authorCount, publishedAt, venue, categories }: Paper): string {
  const names = authors.length > 0 ? authors.join(', ') : authorCount === null ? '' : `${authorCount} authors`;
  const said = [names, publishedAt ?? '', venue ?? '', categories.join(', ')].filter((part) => part !== '');
  return [...said.map(escapeMarkdown), codeSpan(id)].join(' · ');
}

/** In backticks, one more than stand together in the text. */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = /^[`\s]|[`\s]$/.test(text) ? ' ' : '';
  return `${fence}${space}${text}${space}${fence}`;
}

/** An address between angle brackets. */
function destination(url: string): string {
  return url.replace(/[<>\\\s]/g, encodeURIComponent);
}
