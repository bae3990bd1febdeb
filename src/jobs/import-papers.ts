/** Records into the store, a batch a transaction: what was counted is durable. */
import type { PaperDraft } from '../paper.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import type { SeedRecord } from '../seeds/seed-record.ts';

export interface ImportReport {
  new: number;
  changed: number;
  unchanged: number;
  rejected: number;
}

export interface ImportOptions {
  /** Called for each bad record; the import goes on. */
  onReject: (record: Extract<SeedRecord, { ok: false }>) => void;
  /** Called after each batch, with everything up to it stored or rejected. */
  onProgress?: ((report: ImportReport) => void | Promise<void>) | undefined;
  /** Stops between two batches. */
  signal?: AbortSignal | undefined;
}

const PAPERS_A_TRANSACTION = 500;

export async function importPapers(
  store: PaperStore,
  records: AsyncIterable<SeedRecord>,
  { onReject, onProgress, signal }: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = { new: 0, changed: 0, unchanged: 0, rejected: 0 };
  let batch: PaperDraft[] = [];
  const flush = async () => {
    signal?.throwIfAborted();
    if (batch.length === 0) return;
    const { outcomes } = await store.upsert(batch, 'merge');
    for (const outcome of outcomes) report[outcome]++;
    batch = [];
    await onProgress?.(report);
  };
  for await (const record of records) {
    if (record.ok) {
      batch.push(record.paper);
      if (batch.length >= PAPERS_A_TRANSACTION) await flush();
    } else {
      report.rejected++;
      onReject(record);
    }
  }
  await flush();
  return report;
}
