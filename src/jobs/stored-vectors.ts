/** What the embedder made of some texts, in the shape that the store keeps. */
import type { Embeddings } from '../embed/embedder.ts';
import type { ContentHash } from '../papers/content-hash.ts';
import type { StoredVector } from '../papers/paper-store.ts';

/** `embeddings` are of the texts with these hashes, in order. */
export function storedVectors(hashes: readonly ContentHash[], embeddings: Embeddings, dim: number): StoredVector[] {
  const { vectors, tokenCounts, truncated } = embeddings;
  return hashes.map((hash, i) => ({
    hash,
    vector: vectors.slice(i * dim, (i + 1) * dim),
    tokenCount: tokenCounts[i] ?? 0,
    truncated: truncated[i] ?? false,
  }));
}
