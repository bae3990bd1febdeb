/** Papers as this dialect shows them, with their vectors where those are asked for. */
import type { Paper } from '../../../paper.ts';
import type { Services } from '../../../services.ts';
import { type WantedFields, type WirePaper, wirePaper } from './fields.ts';

export async function wirePapers(
  { index, embedder }: Services,
  papers: readonly Paper[],
  fields: WantedFields,
): Promise<WirePaper[]> {
  if (fields.embedding !== 'own') return papers.map((paper) => wirePaper(paper, fields, undefined));
  const model = embedder.model.name;
  const vectors = await index.vectors(papers.map(({ id }) => id));
  return papers.map((paper, i) => wirePaper(paper, fields, { model, vector: vectors[i] }));
}
