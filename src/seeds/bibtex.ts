/** BibTeX bibliographies, BibLaTeX's names of fields included. */
import { parseArxivId, parseDoi, parseWorkId, type WorkId } from '../paper-id.ts';
import { type BibtexEntry, readBibtexEntries } from './bibtex-entries.ts';
import { namesOf } from './bibtex-names.ts';
import { dateOf, monthOf } from './dates.ts';
import { plainLatex } from './latex-text.ts';
import { splitList } from './plain-text.ts';
import type { SeedReader } from './seed-reader.ts';
import { recordOfFound, type SeedRecord } from './seed-record.ts';

export const bibtexReader: SeedReader = {
  recognises: (head) => /^[ \t]*@\s*[a-z]+\s*[{(]/im.test(head),
  async *read(file, bytes) {
    for await (const item of readBibtexEntries(bytes)) {
      yield 'message' in item ? { ok: false, file, ...item } : recordOfEntry(file, item.line, item.entry);
    }
  },
};

function recordOfEntry(file: string, line: number, { fields }: BibtexEntry): SeedRecord {
  const field = (...names: string[]) => names.map((name) => fields.get(name)?.trim() ?? '').find((text) => text !== '') ?? '';
  const { names, cut } = namesOf(field('author', 'editor'));
  const own = plainLatex(field('paperkinid'));
  const work = own === '' ? workOf(field) : null;
  const classes = splitList(plainLatex(field('primaryclass')), /\s+/);
  const title = [field('title'), field('subtitle')].filter((text) => text !== '').map(plainLatex);
  return recordOfFound(file, line, {
    // A citation key names an entry in one file only: a work that is neither on arXiv nor has a DOI is known by its title, unless the
    // service wrote the entry itself.
    ...(work ?? { id: own }),
    title: title.join(': '),
    abstract: plainLatex(field('abstract')),
    authors: names,
    authorCount: cut ? null : undefined,
    publishedAt: publishedAt(field),
    categories: [...new Set([...classes, ...splitList(plainLatex(field('keywords')), /[;,]/)])],
    venue: plainLatex(field('journal', 'journaltitle', 'booktitle')),
    url: linkIn(field('url')),
  });
}

type Field = (...names: string[]) => string;

function workOf(field: Field): WorkId | null {
  const archive = field('archiveprefix', 'eprinttype').toLowerCase();
  const eprint = archive === '' || archive === 'arxiv' ? parseArxivId(plainLatex(field('eprint'))) : null;
  const named = /arxiv:\s*([\w.\-/]+)/i.exec(field('journal', 'journaltitle', 'note', 'howpublished'))?.[1];
  return eprint ?? parseArxivId(named ?? '') ?? parseDoi(unescaped(field('doi'))) ?? parseWorkId(linkIn(field('url')));
}

/** `date` as BibLaTeX writes it, the first day of a range; else year, month and day as far as they are said. */
function publishedAt(field: Field): string | undefined {
  const date = field('date').split('/')[0] ?? '';
  if (date !== '') return dateOf(date);
  const year = plainLatex(field('year'));
  const month = monthOf(plainLatex(field('month')));
  if (!/^\d{4}$/.test(year) || month === undefined) return dateOf(year);
  const day = plainLatex(field('day'));
  return dateOf([year, month, ...(/^\d{1,2}$/.test(day) ? [day] : [])].join('-'));
}

/** `\url{https://…}` and escaped characters as an address. */
function linkIn(text: string): string {
  return unescaped(/^\\url\s*\{(.*)\}$/s.exec(text)?.[1] ?? text).replace(/[{}]/g, '');
}

function unescaped(text: string): string {
  return text.replace(/\\([_%#&~$])/g, '$1');
}
