/** Every format of files that can be imported, by name. */
import { arxivAtomReader } from './arxiv-atom.ts';
import { bibtexReader } from './bibtex.ts';
import { csvReader } from './csv.ts';
import { dailyPapersReader } from './daily-papers.ts';
import { firstJsonRecord } from './json-records.ts';
import { jsonlReader } from './jsonl.ts';
import { oaiPmhReader } from './oai-pmh.ts';
import { openAlexReader } from './openalex.ts';
import type { SeedReader } from './seed-reader.ts';
import { semanticScholarReader } from './semantic-scholar.ts';

export const FORMATS = ['jsonl', 'csv', 'arxiv-atom', 'oai-pmh', 'openalex', 's2', 'bibtex', 'daily-papers'] as const;
export type Format = (typeof FORMATS)[number];

export const READERS: Readonly<Record<Format, SeedReader>> = {
  jsonl: jsonlReader,
  csv: csvReader,
  'arxiv-atom': arxivAtomReader,
  'oai-pmh': oaiPmhReader,
  openalex: openAlexReader,
  s2: semanticScholarReader,
  bibtex: bibtexReader,
  'daily-papers': dailyPapersReader,
};

/** The more particular first: any line of JSON might be ours. */
const ORDER: readonly Format[] = ['arxiv-atom', 'oai-pmh', 'openalex', 's2', 'jsonl', 'daily-papers', 'csv', 'bibtex'];
/** Enough to see a format by, bytes. */
export const HEAD_BYTES = 64 * 1_024;

/** The format of a file that begins so; null when it is none of them, or no UTF-8 text. */
export function formatOf(head: Uint8Array): Format | null {
  const bytes = head.subarray(0, HEAD_BYTES);
  if (!isText(bytes)) return null;
  const text = new TextDecoder().decode(bytes);
  if (isOurs(text)) return 'jsonl';
  return ORDER.find((format) => READERS[format].recognises(text)) ?? null;
}

/** Papers as `paperkin export` writes them: they may hold the links by which other formats are known, the key is ours alone. */
function isOurs(text: string): boolean {
  return /"authorCount"\s*:/.test(firstJsonRecord(text));
}

/** UTF-8, but for a character that is cut at the end. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
