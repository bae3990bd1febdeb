/** A worker thread that owns one connection to the database and answers `PaperStore` and `JobStore` calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWayToEventLoop } from '../priority.ts';
import { parentChannel, serve } from '../rpc.ts';
import type { JobStore } from './job-store.ts';
import type { PaperStore } from './paper-store.ts';
import { SqlitePaperStore } from './sqlite-paper-store.ts';

export interface StoreWorkerData {
  file: string;
  readOnly: boolean;
  /** Where the text index is kept; this thread has none where it is left out. */
  textIndexFile?: string | undefined;
}

if (parentPort !== null) {
  giveWayToEventLoop();
  const { file, readOnly, textIndexFile } = workerData as StoreWorkerData;
  serve<PaperStore & JobStore>(parentChannel(parentPort), () => {
    const textIndex = textIndexFile === undefined ? undefined : { file: textIndexFile, onFault: warn };
    const store = new SqlitePaperStore(file, { readOnly, textIndex });
    return { ...methodsOf<PaperStore>(store), ...methodsOf<JobStore>(store.jobs) };
  });
}

/** On standard error, as any warning of Node. */
function warn(message: string): void {
  process.emitWarning(message);
}

/** The methods of a class's instance as properties, so that two can be one object. */
function methodsOf<T extends object>(instance: T): T {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(instance)).filter((name) => name !== 'constructor');
  return Object.fromEntries(
    names.flatMap((name) => {
      const value: unknown = Reflect.get(instance, name);
      return typeof value === 'function' ? [[name, value.bind(instance)]] : [];
    }),
  ) as T;
}
