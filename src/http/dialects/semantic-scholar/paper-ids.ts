/** Semantic Scholar's ids (https://api.semanticscholar.org/api-docs/graph) and ours, both ways. */
import type { PaperId } from '../../../paper.ts';
import { canonicalId, parseArxivId, parseDoi } from '../../../paper-id.ts';
import type { PaperStore } from '../../../papers/paper-store.ts';

/** Its prefixes that we know, in any case. */
const PREFIXED = /^(arxiv|doi|corpusid|url):\s*(.+)$/is;
const SHA = /^[0-9a-f]{40}$/i;
const OWN_LINK = /semanticscholar\.org\/(?:paper\/(?:[^?#]*\/)?([0-9a-f]{40})|.*\bcorpusid:(\d+))/i;
/** A DOI in the address of a publisher's page; bioRxiv puts a version and a view behind it. */
const LINKED_DOI = /\/(10\.\d{4,9}\/[^?#]+?)(?:v\d+)?(?:\.(?:full|abstract|short|pdf)[^?#]*)?(?:[?#].*)?$/i;

/** Ids under which the paper may be stored, the likeliest first. */
export function candidateIds(asked: string): PaperId[] {
  const id = asked.trim().replace(/(?<=.)\/+$/, '');
  const [, prefix = '', rest = ''] = PREFIXED.exec(id) ?? [];
  const found = [asked, id, canonicalId(id), ...named(prefix.toLowerCase(), rest)];
  if (SHA.test(id)) found.push(`s2:${id.toLowerCase()}`);
  const bare = prefix === '' ? (parseArxivId(id) ?? parseDoi(id)) : null;
  if (bare !== null) found.push(bare.id);
  return [...new Set(found)];
}

function named(prefix: string, rest: string): PaperId[] {
  switch (prefix) {
    case 'arxiv':
      return [parseArxivId(rest)?.id ?? `arxiv:${rest}`];
    case 'doi':
      return [parseDoi(rest)?.id ?? `doi:${rest}`];
    case 'corpusid':
      return [`s2:${rest}`];
    case 'url':
      return linked(rest);
    default:
      return [];
  }
}

function linked(url: string): PaperId[] {
  const [, sha, corpusId] = OWN_LINK.exec(url) ?? [];
  const own = sha?.toLowerCase() ?? corpusId;
  if (own !== undefined) return [`s2:${own}`];
  const doi = parseDoi(LINKED_DOI.exec(url)?.[1] ?? '');
  return [canonicalId(url), ...(doi === null ? [] : [doi.id])];
}

/** The stored id of each that is known, in order. */
export async function resolveIds(store: Pick<PaperStore, 'get'>, asked: readonly string[]): Promise<(PaperId | undefined)[]> {
  const candidates = asked.map(candidateIds);
  const papers = await store.get(candidates.flat());
  let from = 0;
  return candidates.map((ids) => {
    const found = papers.slice(from, from + ids.length).find((paper) => paper !== undefined);
    from += ids.length;
    return found?.id;
  });
}

/** What a client may give back as the id: theirs where it is one of theirs, else ours. */
export function paperIdOf(id: PaperId): string {
  const own = ownId(id);
  if (own === undefined) return id;
  return SHA.test(own) ? own : `CorpusId:${own}`;
}

export function corpusIdOf(id: PaperId): number | null {
  const own = ownId(id);
  return own === undefined || SHA.test(own) ? null : Number(own);
}

/** Under theirs names: what our id says of a paper. arXiv registers a DOI for each of its own. */
export function externalIdsOf(id: PaperId): Record<string, string | number> {
  if (id.startsWith('arxiv:')) {
    const number = id.slice('arxiv:'.length);
    return { ArXiv: number, DOI: `10.48550/arXiv.${number}` };
  }
  if (id.startsWith('doi:')) return { DOI: id.slice('doi:'.length) };
  const corpusId = corpusIdOf(id);
  return corpusId === null ? {} : { CorpusId: corpusId };
}

function ownId(id: PaperId): string | undefined {
  return /^s2:([0-9a-f]{40}|\d{1,15})$/.exec(id)?.[1];
}
