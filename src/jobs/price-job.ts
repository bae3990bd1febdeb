/** What a job would cost, without doing it: papers, texts to embed, tokens, and how long on this machine. */
import type { Embedder } from '../embed/embedder.ts';
import { paperText } from '../embed/manifest.ts';
import { AppError } from '../errors.ts';
import type { PaperDraft } from '../paper.ts';
import type { ContentHash } from '../papers/content-hash.ts';
import type { JobJson, JobKind } from '../papers/job-store.ts';
import type { PaperStore, PendingText, SpaceRef } from '../papers/paper-store.ts';
import type { SeedRecord } from '../seeds/seed-record.ts';
import { jobParams } from './job-params.ts';
import type { JobTools } from './job-tools.ts';

export interface JobPrice {
  /** A job that reads no file leaves every paper unchanged. */
  papers: { new: number; changed: number; unchanged: number; rejected: number };
  /** Distinct texts that would be embedded. */
  texts: number;
  /** Estimated from a sample of them. */
  tokens: number;
  /** Seconds of embedding, estimated from the same sample; null where nothing is to be embedded. */
  etaS: number | null;
  /** Papers of which a graph would be built anew; 0 where the one that serves only grows. */
  rebuilt: number;
}

/** A job that works on what is stored. */
export interface StoredJob {
  kind: Exclude<JobKind, 'import'>;
  params: JobJson;
}

const PAPERS_A_BATCH = 500;
/** Texts that are embedded for the estimate: a second or less. */
const SAMPLE = 48;

export async function priceImport(records: AsyncIterable<SeedRecord>, store: PaperStore, embedder: Embedder): Promise<JobPrice> {
  const papers = { new: 0, changed: 0, unchanged: 0, rejected: 0 };
  const tally = createTally(embedder);
  let batch: PaperDraft[] = [];

  async function look(): Promise<void> {
    const { outcomes, texts } = await store.preview(batch, spaceOf(embedder));
    for (const outcome of outcomes) papers[outcome]++;
    for (const { hash, characters } of texts) tally.count(hash, characters);
    for (const { title, abstract = '' } of batch) tally.show({ title, abstract });
    batch = [];
  }

  for await (const record of records) {
    if (!record.ok) papers.rejected++;
    else if (batch.push(record.paper) >= PAPERS_A_BATCH) await look();
  }
  await look();
  return { papers, ...(await tally.price()), rebuilt: 0 };
}

/**
 * Evaluation sets, whose texts are stored nowhere, are not counted.
 * @throws AppError `invalid_input` for a job without a price, and for a model that is not there.
 */
export async function priceJob({ kind, params }: StoredJob, tools: JobTools): Promise<JobPrice> {
  const { store } = tools;
  switch (kind) {
    case 'reindex': {
      const embedder = await tools.embedder();
      return jobParams.reindex.parse(params).all ? await priceAll(store, embedder) : await pricePending(store, embedder);
    }
    case 'migrate': {
      const asked = jobParams.migrate.parse(params);
      if ('rollback' in asked)
        throw noPrice('a rollback goes over to vectors that are stored, and embeds what came since as it does');
      const price = await pricePending(store, await tools.embedderOf(asked.model));
      return { ...price, rebuilt: price.papers.unchanged };
    }
    case 'compact': {
      const { papers, pending } = await store.counts(spaceOf(await tools.embedder()));
      return { papers: unchanged(papers), texts: 0, tokens: 0, etaS: null, rebuilt: papers - pending };
    }
    case 'evaluate':
      throw noPrice('an evaluation embeds its own texts and stores nothing');
  }
}

function noPrice(why: string): AppError {
  const message = `${why}: it has no price, ask for it without dryRun`;
  return new AppError('invalid_input', message, { issues: [{ path: 'dryRun', message }] });
}

async function pricePending(store: PaperStore, embedder: Embedder): Promise<JobPrice> {
  const pages = (after: number) => store.pending(spaceOf(embedder), { limit: PAPERS_A_BATCH, after });
  const { papers } = await store.counts();
  return { papers: unchanged(papers), ...(await priceTexts(pages, embedder)), rebuilt: 0 };
}

async function priceAll(store: PaperStore, embedder: Embedder): Promise<JobPrice> {
  const pages = (after: number) => store.texts({ limit: PAPERS_A_BATCH, after });
  const { papers } = await store.counts();
  return { papers: unchanged(papers), ...(await priceTexts(pages, embedder)), rebuilt: papers };
}

async function priceTexts(page: (after: number) => Promise<PendingText[]>, embedder: Embedder): Promise<TextPrice> {
  const tally = createTally(embedder);
  for (let after = 0; ; ) {
    const texts = await page(after);
    const last = texts.at(-1);
    if (last === undefined) return await tally.price();
    for (const text of texts) {
      tally.count(text.hash, text.title.length + text.abstract.length);
      tally.show(text);
    }
    after = last.cursor;
  }
}

type TextPrice = Pick<JobPrice, 'texts' | 'tokens' | 'etaS'>;

/** Texts as they are met, each counted once, and the first of them as the sample. */
function createTally(embedder: Embedder) {
  const seen = new Set<ContentHash>();
  const sample: string[] = [];
  let characters = 0;
  return {
    count(hash: ContentHash, length: number): void {
      if (seen.has(hash)) return;
      seen.add(hash);
      characters += length;
    },
    show(text: { title: string; abstract: string }): void {
      if (sample.length < SAMPLE) sample.push(paperText(embedder.model, text));
    },
    async price(): Promise<TextPrice> {
      if (seen.size === 0) return { texts: 0, tokens: 0, etaS: null };
      const start = performance.now();
      const { tokenCounts } = await embedder.embed(sample, { kind: 'passage', lane: 'batch' });
      const seconds = (performance.now() - start) / 1_000;
      const sampled = sample.reduce((sum, text) => sum + text.length, 0);
      const times = characters / Math.max(1, sampled);
      return {
        texts: seen.size,
        tokens: Math.round(tokenCounts.reduce((sum, count) => sum + count, 0) * times),
        etaS: Number((seconds * times).toFixed(1)),
      };
    },
  };
}

function unchanged(papers: number): JobPrice['papers'] {
  return { new: 0, changed: 0, unchanged: papers, rejected: 0 };
}

function spaceOf({ space, model }: Embedder): SpaceRef {
  return { id: space, dim: model.dim };
}
