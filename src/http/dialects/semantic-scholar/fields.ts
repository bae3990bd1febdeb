/** The `fields` parameter: which are known, and what each is of a paper of ours. What nobody here knows is null. */
import { AppError } from '../../../errors.ts';
import type { Paper } from '../../../paper.ts';
import { linkOf } from '../../../paper-id.ts';
import { fieldsOfStudyOf } from './fields-of-study.ts';
import { corpusIdOf, externalIdsOf, paperIdOf } from './paper-ids.ts';

type Value = (paper: Paper) => unknown;

const unknown: Value = () => null;

const PAPER_FIELDS: Record<string, Value> = {
  paperId: ({ id }) => paperIdOf(id),
  corpusId: ({ id }) => corpusIdOf(id),
  externalIds: ({ id }) => externalIdsOf(id),
  url: ({ id, url }) => url ?? linkOf(id) ?? null,
  title: ({ title }) => title,
  abstract: ({ abstract }) => (abstract === '' ? null : abstract),
  venue: ({ venue }) => venue ?? '',
  publicationVenue: unknown,
  year: ({ publishedAt }) => (publishedAt === null ? null : Number(publishedAt.slice(0, 'YYYY'.length))),
  publicationDate: ({ publishedAt }) => (publishedAt?.length === 'YYYY-MM-DD'.length ? publishedAt : null),
  referenceCount: unknown,
  citationCount: unknown,
  influentialCitationCount: unknown,
  // All of arXiv can be read.
  isOpenAccess: ({ id }) => (id.startsWith('arxiv:') ? true : null),
  openAccessPdf: ({ id }) =>
    id.startsWith('arxiv:') ? { url: `https://arxiv.org/pdf/${id.slice('arxiv:'.length)}`, status: 'GREEN' } : null,
  fieldsOfStudy: ({ categories }) => fieldsOfStudyOf(categories),
  s2FieldsOfStudy: ({ categories }) => (fieldsOfStudyOf(categories) ?? []).map((category) => ({ category, source: 'external' })),
  publicationTypes: unknown,
  journal: unknown,
  citationStyles: unknown,
  tldr: unknown,
  textAvailability: ({ abstract }) => (abstract === '' ? 'none' : 'abstract'),
  citations: unknown,
  references: unknown,
};

/** Fields of an author beside the name, and what is known of them. */
const AUTHOR_FIELDS: Record<string, unknown> = {
  authorId: null,
  name: null,
  externalIds: null,
  url: null,
  affiliations: [],
  homepage: null,
  paperCount: null,
  citationCount: null,
  hIndex: null,
};

/** Parts of a field that may be named behind a dot; the field is answered whole. */
const PARTS = new Map<string, readonly string[]>([
  ['authors', Object.keys(AUTHOR_FIELDS)],
  ['embedding', ['specter_v1', 'specter_v2']],
  ['citations', [...Object.keys(PAPER_FIELDS), 'authors', 'embedding']],
  ['references', [...Object.keys(PAPER_FIELDS), 'authors', 'embedding']],
  ['externalIds', ['ArXiv', 'DOI', 'CorpusId', 'MAG', 'ACL', 'PubMed', 'Medline', 'PubMedCentral', 'DBLP']],
  ['openAccessPdf', ['url', 'status', 'license', 'disclaimer']],
  ['publicationVenue', ['id', 'name', 'type', 'alternate_names', 'url']],
  ['s2FieldsOfStudy', ['category', 'source']],
  ['journal', ['name', 'volume', 'pages']],
  ['citationStyles', ['bibtex']],
  ['tldr', ['model', 'text']],
]);
const NAMES = new Set([...Object.keys(PAPER_FIELDS), 'authors', 'embedding']);

export interface WantedFields {
  /** In the order of the API, `paperId` first. */
  names: string[];
  authorFields: string[];
  /** Our own vectors: asked for by `embedding`, not by the name of one of their models. */
  embedding: 'own' | 'theirs' | undefined;
}

/** @throws AppError `invalid_input` in their words for what is no field. */
export function parseFields(text: string | undefined): WantedFields {
  const asked = (text ?? 'title')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const wrong = asked.filter((name) => !isField(name));
  if (wrong.length > 0) {
    const message = `Unrecognized or unsupported fields: [${wrong.join(', ')}]`;
    throw new AppError('invalid_input', message, { issues: [{ path: 'fields', message }] });
  }
  const bases = new Set(['paperId', ...asked.map((name) => name.split('.')[0] ?? '')]);
  return {
    names: [...Object.keys(PAPER_FIELDS), 'authors'].filter((name) => bases.has(name)),
    authorFields: asked.filter((name) => name.startsWith('authors.')).map((name) => name.slice('authors.'.length)),
    embedding: asked.includes('embedding') ? 'own' : bases.has('embedding') ? 'theirs' : undefined,
  };
}

function isField(name: string): boolean {
  const [base = '', part] = name.split('.');
  if (part === undefined) return NAMES.has(base);
  return name === `${base}.${part}` && PARTS.get(base)?.includes(part) === true;
}

export type WirePaper = { paperId: string } & Record<string, unknown>;

/** @param embedding the paper's vector, where `embedding` is wanted. */
export function wirePaper(
  paper: Paper,
  { names, authorFields, embedding: wanted }: WantedFields,
  embedding: { model: string; vector: Float32Array | undefined } | undefined,
): WirePaper {
  const entries = names.map((name) => [name, name === 'authors' ? authorsOf(paper, authorFields) : PAPER_FIELDS[name]?.(paper)]);
  const { model, vector } = embedding ?? {};
  return {
    paperId: paperIdOf(paper.id),
    ...Object.fromEntries(entries),
    ...(wanted !== undefined && { embedding: vector === undefined ? null : { model, vector: Array.from(vector) } }),
  };
}

function authorsOf({ authors }: Paper, fields: readonly string[]): Record<string, unknown>[] {
  const rest = Object.fromEntries(fields.map((field) => [field, AUTHOR_FIELDS[field]]));
  return authors.map((name) => ({ authorId: null, ...rest, name }));
}
