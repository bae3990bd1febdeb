/** `/metrics` for Prometheus: requests as they end, the state of corpus, index and jobs as it is when asked, and Node's own figures. */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { describeServices } from '../describe-services.ts';
import type { Timings } from '../recommend/answer.ts';
import type { Services } from '../services.ts';
import { inBatches } from './in-batches.ts';

/** Seconds: from a read of the store to a request that waited behind a queue. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

interface Ended {
  method: string;
  route: string;
  status: number;
  ms: number;
  tookMs: Timings | null;
}

export const metrics = fp(async (app: FastifyInstance, { services, config }: { services: Services; config: Config }) => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Histogram({
    name: 'paperkin_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers,
  });
  const stages = new Histogram({
    name: 'paperkin_stage_duration_seconds',
    help: 'Where the time of an answer with ranked papers went',
    labelNames: ['stage'],
    buckets: BUCKETS,
    registers,
  });
  const ended = inBatches<Ended>(({ method, route, status, ms, tookMs }) => {
    requests.observe({ method, route, status }, ms / 1_000);
    for (const [stage, spent] of Object.entries(tookMs ?? {})) {
      if (stage !== 'total' && spent > 0) stages.observe({ stage }, spent / 1_000);
    }
  });
  app.addHook('onResponse', (request, reply, done) => {
    // Routes, not URLs: a path that nobody serves must not become a series of its own.
    const route = request.routeOptions.url ?? 'none';
    ended.add({ method: request.method, route, status: reply.statusCode, ms: reply.elapsedTime, tookMs: request.tookMs });
    done();
  });

  const state = stateGauges(registers);
  app.get('/metrics', { schema: { hide: true }, logLevel: 'warn' }, async (_request, reply) => {
    ended.flush();
    const [described, jobs] = await Promise.all([describeServices(services, config), services.jobs.countJobs()]);
    const { papers, pending, revision, index, textIndex, recall, degraded, version, model, space } = described;
    state.info.set({ version, model: model.name, space, index: index.kind }, 1);
    state.papers.set(papers);
    state.pending.set(pending);
    state.revision.set(revision);
    state.indexed.set(index.count);
    state.tombstones.set(index.tombstones);
    state.indexBytes.set(index.sizeBytes);
    state.textIndexBytes.set(textIndex?.sizeBytes ?? 0);
    state.textIndexCurrent.set(textIndex?.current ? 1 : 0);
    state.degraded.set(degraded === null ? 0 : 1);
    state.efSearch.set(recall.efSearch);
    state.recallSamples.set(recall.samples);
    if (recall.recallAt10 !== null && recall.interval !== null) {
      const [low, high] = recall.interval;
      state.recall.set({ bound: 'mean' }, recall.recallAt10);
      state.recall.set({ bound: 'low' }, low);
      state.recall.set({ bound: 'high' }, high);
    }
    for (const [name, count] of Object.entries(jobs)) state.jobs.set({ state: name }, count);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
});

function stateGauges(registers: Registry[]) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `paperkin_${name}`, help, labelNames, registers });
  return {
    info: gauge('info', 'Always 1; the labels say what is served', ['version', 'model', 'space', 'index']),
    papers: gauge('papers', 'Papers in the store'),
    pending: gauge('papers_pending', 'Papers that have no vector yet'),
    revision: gauge('store_revision', 'Changes to the store so far'),
    indexed: gauge('index_papers', 'Papers in the index'),
    tombstones: gauge('index_tombstones', 'Deleted papers that the index still holds, until it is compacted'),
    indexBytes: gauge('index_size_bytes', 'Size of the index in memory'),
    textIndexBytes: gauge('text_index_size_bytes', 'Size of the index of words in memory'),
    textIndexCurrent: gauge('text_index_current', '0 while the database answers searches by words, slower'),
    degraded: gauge('degraded', '1 while no whole generation of the index is on disk; /readyz says why'),
    efSearch: gauge('ef_search', 'Search width of the graph now'),
    recall: gauge('recall_at_10', 'Share of the ten nearest that the graph finds, of sampled real queries; 95 % interval', [
      'bound',
    ]),
    recallSamples: gauge('recall_samples', 'Queries in that figure: the latest at the present search width'),
    jobs: gauge('jobs', 'Batch jobs by state', ['state']),
  };
}
