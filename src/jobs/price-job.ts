/** What a job would cost, without doing it: papers, texts to embed, tokens, and how long on this machine. */
import type { Embedder } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import type { PaperDraft } from '../paper.ts';
import type { ContentHash } from '../papers/content-hash.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import type { SeedRecord } from '../seeds/seed-record.ts';

export interface JobPrice {
  papers: { new: number; changed: number; unchanged: number; rejected: number };
  /** Distinct texts that have no vector yet. */
  texts: number;
  /** Estimated from a sample of them. */
  tokens: number;
  /** Seconds of embedding, estimated from the same sample; null where nothing is to be embedded. */
  etaS: number | null;
}

const PAPERS_A_BATCH = 500;
/** Texts that are embedded for the estimate: a second or less. */
const SAMPLE = 48;

export async function priceImport(records: AsyncIterable<SeedRecord>, store: PaperStore, embedder: Embedder): Promise<JobPrice> {
  const space = { id: embedder.space, dim: embedder.model.dim };
  const papers = { new: 0, changed: 0, unchanged: 0, rejected: 0 };
  const seen = new Set<ContentHash>();
  const sample: string[] = [];
  let characters = 0;
  let batch: PaperDraft[] = [];

  async function look(): Promise<void> {
    const { outcomes, texts } = await store.preview(batch, space);
    for (const outcome of outcomes) papers[outcome]++;
    for (const text of texts) {
      if (seen.has(text.hash)) continue;
      seen.add(text.hash);
      characters += text.characters;
    }
    for (const { title, abstract = '' } of batch)
      if (sample.length < SAMPLE) sample.push(paperText(embedder.model, { title, abstract }));
    batch = [];
  }

  for await (const record of records) {
    if (!record.ok) papers.rejected++;
    else if (batch.push(record.paper) >= PAPERS_A_BATCH) await look();
  }
  await look();
  if (seen.size === 0) return { papers, texts: 0, tokens: 0, etaS: null };
  const start = performance.now();
  const { tokenCounts } = await embedder.embed(sample, { kind: 'passage', lane: 'batch' });
  const seconds = (performance.now() - start) / 1_000;
  const sampled = sample.reduce((sum, text) => sum + text.length, 0);
  const times = characters / Math.max(1, sampled);
  return {
    papers,
    texts: seen.size,
    tokens: Math.round(tokenCounts.reduce((sum, count) => sum + count, 0) * times),
    etaS: Number((seconds * times).toFixed(1)),
  };
}
