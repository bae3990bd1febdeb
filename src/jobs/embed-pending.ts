/** Embeds every text that has no vector in a space. */
import type { Revision } from '../papers/paper-store.ts';
import { type EmbeddedTexts, type EmbedTextsOptions, embedTexts } from './embed-texts.ts';

export interface EmbedPendingOptions extends Omit<EmbedTextsOptions, 'read'> {
  /** No paper up to this revision lacks a vector. Default 0. */
  after?: Revision;
}

export interface EmbeddedReport extends EmbeddedTexts {
  /** No paper up to this revision of the store lacks a vector now. */
  upTo: Revision;
}

export async function embedPending(options: EmbedPendingOptions): Promise<EmbeddedReport> {
  const { store, embedder } = options;
  let upTo: Revision = 0;
  const done = await embedTexts({
    ...options,
    async read(page) {
      // Before the texts: one that comes in between is read, or has a later revision.
      upTo = await store.revision();
      return await store.pending({ id: embedder.space, dim: embedder.model.dim }, page);
    },
  });
  return { ...done, upTo };
}
