/** `LiveIndex` off the calling thread: hnswlib is synchronous, and a search of a few milliseconds must not stop HTTP. */
import { Worker } from 'node:worker_threads';
import { remote, workerChannel } from '../rpc.ts';
import type { LiveIndex, LiveIndexOptions } from './live-index.ts';

export async function openThreadedLiveIndex(options: LiveIndexOptions): Promise<LiveIndex> {
  const worker = new Worker(new URL('./index-worker.js', import.meta.url), { workerData: options });
  const index: LiveIndex = remote<LiveIndex>(workerChannel(worker));
  try {
    await index.status();
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    upsert: index.upsert,
    remove: index.remove,
    search: index.search,
    neighbours: index.neighbours,
    keepAll: index.keepAll,
    standing: index.standing,
    vectors: index.vectors,
    cosines: index.cosines,
    centre: index.centre,
    stats: index.stats,
    save: index.save,
    status: index.status,
    publish: index.publish,
    async close() {
      await index.close();
      await worker.terminate();
    },
  };
}
