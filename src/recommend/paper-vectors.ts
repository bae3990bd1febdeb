/** Vectors of stored papers: out of the index, and of what was stored a moment ago and is not in it yet, out of their text. */
import type { Embedder } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import type { PaperId } from '../paper.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';

export interface PaperVectorsParts {
  store: Pick<PaperStore, 'get'>;
  index: Pick<VectorIndex, 'vectors'>;
  embedder: Embedder;
}

/**
 * In the order asked for, each of length dim and unit length; undefined where a paper is not stored.
 * @throws AppError as `Embedder.embed`.
 */
export type PaperVectors = (
  ids: readonly PaperId[],
  options: { signal?: AbortSignal | undefined },
) => Promise<(Float32Array | undefined)[]>;

export function createPaperVectors({ store, index, embedder }: PaperVectorsParts): PaperVectors {
  const { model } = embedder;

  return async (ids, { signal }) => {
    const indexed = await index.vectors(ids);
    const others = ids.filter((_, i) => indexed[i] === undefined);
    if (others.length === 0) return indexed;
    const papers = (await store.get(others)).filter((paper) => paper !== undefined);
    if (papers.length === 0) return indexed;
    const texts = papers.map((paper) => paperText(model, paper));
    const { vectors } = await embedder.embed(texts, { kind: 'passage', signal });
    const fresh = new Map(papers.map(({ id }, i) => [id, vectors.slice(i * model.dim, (i + 1) * model.dim)]));
    return ids.map((id, i) => indexed[i] ?? fresh.get(id));
  };
}
