/** The stores off the calling thread: one thread reads, one writes, so that no query waits behind a batch. */
import { Worker } from 'node:worker_threads';
import { remote, workerChannel } from '../rpc.ts';
import type { JobStore } from './job-store.ts';
import type { PaperStore } from './paper-store.ts';
import type { StoreWorkerData } from './store-worker.ts';

export interface Stores {
  papers: PaperStore;
  jobs: JobStore;
  close(): Promise<void>;
}

export interface ThreadedStoresOptions {
  /** Every write is refused by SQLite; the file must exist. */
  readOnly?: boolean;
  /** Keep an index of the texts in memory, and in this file between two runs; without one FTS5 answers text searches. */
  textIndexFile?: string | undefined;
}

/**
 * @throws AppError `store_invalid` when the file cannot be opened or was written by another version.
 */
export async function openThreadedStores(
  file: string,
  { readOnly = false, textIndexFile }: ThreadedStoresOptions = {},
): Promise<Stores> {
  const writer = startThread({ file, readOnly, ...(readOnly && { textIndexFile }) });
  try {
    await writer.store.revision();
    const reader = readOnly ? writer : startThread({ file, readOnly: true, textIndexFile });
    const { store: write } = writer;
    const { store: read } = reader;
    const close = async () => {
      await Promise.all(readOnly ? [writer.close()] : [reader.close(), writer.close()]);
    };
    return {
      papers: {
        upsert: write.upsert,
        preview: write.preview,
        remove: write.remove,
        putVectors: write.putVectors,
        pending: write.pending,
        changes: write.changes,
        texts: write.texts,
        spaces: read.spaces,
        wasRemoved: read.wasRemoved,
        reading: read.reading,
        get: read.get,
        records: read.records,
        touched: read.touched,
        list: read.list,
        counts: read.counts,
        revision: read.revision,
        lexicalSearch: read.lexicalSearch,
        select: read.select,
        matching: read.matching,
        documentFrequencies: read.documentFrequencies,
        textIndex: read.textIndex,
        close,
      },
      jobs: {
        addJob: write.addJob,
        claimJob: write.claimJob,
        claimJobById: write.claimJobById,
        recoverJobs: write.recoverJobs,
        noteProgress: write.noteProgress,
        addRejects: write.addRejects,
        endJob: write.endJob,
        cancelJob: write.cancelJob,
        retryJob: write.retryJob,
        job: read.job,
        jobs: read.jobs,
        countJobs: read.countJobs,
        rejects: read.rejects,
      },
      close,
    };
  } catch (error) {
    await writer.worker.terminate();
    throw error;
  }
}

function startThread(workerData: StoreWorkerData) {
  const worker = new Worker(new URL('./store-worker.js', import.meta.url), { workerData });
  const store = remote<PaperStore & JobStore>(workerChannel(worker));
  const close = async () => {
    await store.close();
    await worker.terminate();
  };
  return { worker, store, close };
}
