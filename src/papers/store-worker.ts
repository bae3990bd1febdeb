/** A worker thread that owns one connection to the database and answers `PaperStore` calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { parentChannel, serve } from '../rpc.ts';
import type { PaperStore } from './paper-store.ts';
import { SqlitePaperStore } from './sqlite-paper-store.ts';

export interface StoreWorkerData {
  file: string;
  readOnly: boolean;
}

if (parentPort !== null) {
  const { file, readOnly } = workerData as StoreWorkerData;
  serve<PaperStore>(parentChannel(parentPort), () => new SqlitePaperStore(file, { readOnly }));
}
