/** A worker thread that owns the live index and answers `LiveIndex` calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWayToEventLoop } from '../priority.ts';
import { parentChannel, serve } from '../rpc.ts';
import { type LiveIndex, type LiveIndexOptions, openLiveIndex } from './live-index.ts';

if (parentPort !== null) {
  giveWayToEventLoop();
  const options = workerData as LiveIndexOptions;
  serve<LiveIndex>(parentChannel(parentPort), () => openLiveIndex(options));
}
