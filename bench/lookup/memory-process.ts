/** Loads a saved graph into a process that holds nothing else and reports what it takes. Started by `build.ts`. */
import { HnswIndex } from '#dist/vectors/hnsw-index.js';
import { collectGarbage } from '../lib/gc.ts';

const [, , dir, dim, M, efConstruction] = process.argv;
if (dir === undefined || process.send === undefined) throw new Error('memory-process is started by bench/lookup');

const parameters = { M: Number(M), efConstruction: Number(efConstruction) };
// What the first native call brings with it is not the graph's.
await new HnswIndex(Number(dim), parameters).close();
collectGarbage();
const before = process.memoryUsage().rss;
const index = await HnswIndex.load(dir, Number(dim), parameters);
collectGarbage();
process.send(process.memoryUsage().rss - before);
await index.close();
process.disconnect();
