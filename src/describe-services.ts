/** The state of everything that is open, for `/v1/info` and `paperkin info`. */
import type { Config } from './config.ts';
import type { Services } from './services.ts';

export async function describeServices(services: Services, config: Config) {
  const { store, index, indexer, embedder, recall, version } = services;
  const { model, space, runtime } = embedder;
  const [{ papers, pending, revision }, { kind, count, tombstones, kept, sizeBytes }, textIndex] = await Promise.all([
    store.counts({ id: space, dim: model.dim }),
    index.stats(),
    store.textIndex(),
  ]);
  const { name, dim, maxTokens, pooling, precision, license } = model;
  const { generation, degraded } = indexer.generation;
  return {
    version,
    papers,
    indexed: count,
    pending,
    revision,
    model: { name, dim, maxTokens, pooling, precision, license },
    runtime,
    space,
    generation,
    index: {
      kind,
      count,
      tombstones,
      tombstoneRatio: count + tombstones === 0 ? 0 : tombstones / (count + tombstones),
      kept,
      sizeBytes,
      efSearch: recall.efSearch,
    },
    textIndex,
    recall: { ...recall.report(), target: config.recallTarget },
    degraded,
    notice: services.notice,
  };
}
