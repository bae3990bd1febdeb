/** Opens generations on request, in a process of its own: when native code dies of one, only this process is gone. */
import type { PaperId } from '#dist/paper.js';
import { processChannel, serve } from '#dist/rpc.js';
import { type GenerationStatus, type LiveIndexOptions, openLiveIndex } from '#dist/vectors/live-index.js';
import type { Neighbour } from '#dist/vectors/vector-index.js';

export interface OpenRequest {
  index: LiveIndexOptions;
  queries: readonly Float32Array[];
  k: number;
  /** Papers that are looked for by id. */
  ids: readonly PaperId[];
}

export interface Opened {
  status: GenerationStatus;
  count: number;
  answers: Neighbour[][];
  /** Those of `ids` that the index holds. */
  held: PaperId[];
}

export interface OpenService {
  open(request: OpenRequest): Promise<Opened>;
}

const EF_SEARCH = 200;

const channel = processChannel(process);
channel.onClose(() => process.exit(0));
serve<OpenService>(channel, () => ({
  async open({ index: options, queries, k, ids }) {
    const index = await openLiveIndex(options);
    try {
      const vectors = await index.vectors(ids);
      return {
        status: await index.status(),
        count: (await index.stats()).count,
        answers: await index.search(queries, { k, efSearch: EF_SEARCH }),
        held: ids.filter((_, i) => vectors[i] !== undefined),
      };
    } finally {
      await index.close();
    }
  },
}));
