/** `PaperStore` off the calling thread: one thread reads, one writes, so that no query waits behind a batch. */
import { Worker } from 'node:worker_threads';
import { remote, workerChannel } from '../rpc.ts';
import type { PaperStore } from './paper-store.ts';
import type { StoreWorkerData } from './store-worker.ts';

/** @throws AppError `store_invalid` when the file cannot be opened or was written by a newer version. */
export async function openThreadedPaperStore(file: string): Promise<PaperStore> {
  const writer = startThread({ file, readOnly: false });
  try {
    await writer.store.counts();
    const reader = startThread({ file, readOnly: true });
    return {
      upsert: writer.store.upsert,
      remove: writer.store.remove,
      putVectors: writer.store.putVectors,
      pending: writer.store.pending,
      changes: writer.store.changes,
      get: reader.store.get,
      list: reader.store.list,
      counts: reader.store.counts,
      revision: reader.store.revision,
      lexicalSearch: reader.store.lexicalSearch,
      async close() {
        await Promise.all([reader.close(), writer.close()]);
      },
    };
  } catch (error) {
    await writer.worker.terminate();
    throw error;
  }
}

function startThread(workerData: StoreWorkerData) {
  const worker = new Worker(new URL('./store-worker.js', import.meta.url), { workerData });
  const store: PaperStore = remote<PaperStore>(workerChannel(worker));
  const close = async () => {
    await store.close();
    await worker.terminate();
  };
  return { worker, store, close };
}
