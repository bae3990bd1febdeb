/** Papers as BibTeX. What is written is read back by the importer to the same papers; `paperkinid` is a field that styles pass over. */
import type { Paper } from '../../paper.ts';
import { parseArxivId, parseDoi, parseWorkId } from '../../paper-id.ts';
import { escapeLatex } from './latex.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** An arXiv class, as `primaryclass` wants it. */
const CLASS = /^[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[A-Za-z]+)*)?$/;

export function bibtexOf(papers: readonly Paper[]): string {
  const taken = new Set<string>();
  return papers.map((paper) => entryOf(paper, unusedKey(keyOf(paper), taken))).join('\n');
}

function entryOf(paper: Paper, key: string): string {
  const { title, abstract, authors, publishedAt, categories, venue, url } = paper;
  const [year = '', month, day] = publishedAt?.split('-') ?? [];
  const fields: [name: string, value: string][] = [
    // In two braces a style leaves capitals as they are.
    ['title', `{{${escapeLatex(title)}}}`],
    ['author', authors.length === 0 ? '' : `{${namesOf(paper)}}`],
    ['year', year === '' ? '' : `{${year}}`],
    ['month', month === undefined ? '' : (MONTHS[Number(month) - 1] ?? '')],
    ['day', day === undefined ? '' : `{${day}}`],
    ['journal', venue === null ? '' : `{${escapeLatex(venue)}}`],
    ...identityOf(paper),
    ['url', url === null ? '' : `{${url.replace(/[{}\\\s]/g, encodeURIComponent)}}`],
    ['keywords', categories.length === 0 ? '' : `{${escapeLatex(categories.join(', '))}}`],
    ['abstract', abstract === '' ? '' : `{${escapeLatex(abstract)}}`],
  ];
  const lines = fields.filter(([, value]) => value !== '').map(([name, value]) => `  ${name} = ${value}`);
  return `@${venue === null ? 'misc' : 'article'}{${key},\n${lines.join(',\n')}\n}\n`;
}

/** A name with a comma or a word of BibTeX's in it is one in braces. */
function namesOf({ authors, authorCount }: Paper): string {
  const names = authors.map((name) => {
    const escaped = escapeLatex(name);
    return /,|(?:^|\s)(?:and|others)(?:\s|$)/i.test(name) ? `{${escaped}}` : escaped;
  });
  return [...names, ...(authorCount !== null && authorCount > authors.length ? ['others'] : [])].join(' and ');
}

/** What the work is known by elsewhere, and our own id where that does not say it. */
function identityOf({ id, url, version, venue, categories }: Paper): [string, string][] {
  const own: [string, string] = ['paperkinid', `{${escapeLatex(id)}}`];
  const work = parseWorkId(id) ?? parseWorkId(url ?? '');
  if (work === null) return [own];
  const isWork = work.id === id;
  const arxiv = parseArxivId(work.id);
  if (arxiv !== null) {
    const [first = ''] = categories;
    const eprint = `${arxiv.id.slice('arxiv:'.length)}${isWork && version !== null ? `v${version}` : ''}`;
    return [
      ['eprint', `{${eprint}}`],
      ['archiveprefix', '{arXiv}'],
      ['primaryclass', CLASS.test(first) ? `{${first}}` : ''],
      ...(isWork ? [] : [own]),
    ];
  }
  const doi = work.id.slice('doi:'.length);
  // A venue such as `arXiv:2301.00001` says more to a reader of BibTeX than a DOI does.
  const isPlain = !/[{}\\%]/.test(doi) && parseDoi(doi)?.id === id && !/arxiv:/i.test(venue ?? '');
  return [['doi', /[{}\\]/.test(doi) ? '' : `{${doi}}`], ...(isPlain ? [] : [own])];
}

/** The last name of the first author, the year and a word of the title. */
function keyOf({ authors, publishedAt, title }: Paper): string {
  const words = plainWords(title);
  const name = plainWords(authors[0] ?? '').at(-1);
  const parts = [name, publishedAt?.slice(0, 'YYYY'.length), words.find((word) => word.length > 3) ?? words[0]];
  return parts.filter((part) => part !== undefined).join('') || 'paper';
}

function unusedKey(key: string, taken: Set<string>): string {
  let unused = key;
  for (let n = 2; taken.has(unused); n++) unused = `${key}-${n}`;
  taken.add(unused);
  return unused;
}

/** Lower case, without accents, Latin letters and digits alone. */
function plainWords(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.match(/[a-z0-9]+/g) ?? [];
}
