/**
 * `/metrics` for Prometheus: requests and embedding work as they end, the state of corpus, index, queue and jobs as it is when asked,
 * and Node's own figures.
 */
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { describeServices } from '../describe-services.ts';
import { residentBytes } from '../process-memory.ts';
import type { Timings } from '../recommend/answer.ts';
import type { Services } from '../services.ts';
import { inBatches } from './in-batches.ts';

/** Seconds: from a read of the store to a request that waited behind a queue. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
/** Stages begin at a tenth of a millisecond: the tokenizer of a query. */
const STAGE_BUCKETS = [0.0001, 0.0002, 0.0005, ...BUCKETS];
/** Stages of an answer; those of embedding are taken where they happen, whoever asks. */
const ANSWER_STAGES = ['embed', 'search', 'fuse', 'explain'] as const;

interface Ended {
  method: string;
  route: string;
  status: number;
  ms: number;
  tookMs: Readonly<Partial<Timings>> | null;
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
    help: 'Where time went: queue, tokenize and infer of embedding that somebody waits for, embed, search, fuse and explain of answers',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS,
    registers,
  });
  const ended = inBatches<Ended>(({ method, route, status, ms, tookMs }) => {
    requests.observe({ method, route, status }, ms / 1_000);
    for (const stage of ANSWER_STAGES) {
      const spent = tookMs?.[stage] ?? 0;
      if (spent > 0) stages.observe({ stage }, spent / 1_000);
    }
  });
  app.onRequestEnd((request, reply, status) => {
    // Routes, not URLs: a path that nobody serves must not become a series of its own.
    const route = request.routeOptions.url ?? 'none';
    ended.add({ method: request.method, route, status, ms: reply.elapsedTime, tookMs: request.tookMs });
  });

  const batches = new Histogram({
    name: 'paperkin_embed_batch_texts',
    help: 'Texts that a process embeds at a time',
    labelNames: ['lane'],
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  });
  const tokens = new Counter({
    name: 'paperkin_embed_tokens_total',
    help: 'Tokens read by the model, about',
    labelNames: ['lane'],
    registers,
  });
  services.watchEmbedding(({ lane, texts, tokens: read, tookMs }) => {
    batches.observe({ lane }, texts);
    tokens.inc({ lane }, read);
    if (lane !== 'interactive') return;
    stages.observe({ stage: 'queue' }, tookMs.queue / 1_000);
    if (tookMs.tokenize > 0) stages.observe({ stage: 'tokenize' }, tookMs.tokenize / 1_000);
    if (tookMs.infer > 0) stages.observe({ stage: 'infer' }, tookMs.infer / 1_000);
  });

  const state = stateGauges(registers);
  app.get('/metrics', { schema: { hide: true }, logLevel: 'warn', config: { scope: 'admin' } }, async (_request, reply) => {
    ended.flush();
    const { waiting, pids } = services.embedder;
    const [described, jobs, resident] = await Promise.all([
      describeServices(services, config),
      services.jobs.countJobs(),
      residentBytes(pids),
    ]);
    for (const [lane, load] of Object.entries(waiting)) {
      state.queueTokens.set({ lane }, load.tokens);
      state.queueTexts.set({ lane }, load.texts);
    }
    state.embedProcesses.set(pids.length);
    if (resident !== null) state.embedMemory.set(resident);
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
    queueTokens: gauge('embed_queue_tokens', 'Tokens, about, that no process has begun to embed', ['lane']),
    queueTexts: gauge('embed_queue_texts', 'The same in texts', ['lane']),
    embedProcesses: gauge('embed_processes', 'Embedding processes that are up'),
    embedMemory: gauge('embed_resident_memory_bytes', 'Resident memory of all embedding processes'),
    jobs: gauge('jobs', 'Batch jobs by state', ['state']),
  };
}
