/** What can be asked of a service, a method a question. Requests and answers are those of its OpenAPI document. */
import { readEvents } from './events.ts';
import { type CallOptions, type ClientOptions, createTransport } from './transport.ts';
import type {
  Answer,
  Embeddings,
  EmbedRequest,
  Info,
  Job,
  JobPrice,
  JobReject,
  JobRequest,
  Paper,
  PaperBatch,
  PaperConditions,
  PaperFilter,
  PaperInput,
  PaperList,
  PaperPage,
  RecommendRequest,
  RejectPage,
  SearchRequest,
  SimilarRequest,
  StoredPaper,
  WriteReport,
} from './types.ts';

export type { CallOptions };

export interface WriteOptions {
  /** Answer when the papers can be found, not only when they are stored. */
  wait?: boolean;
}

/** Every method throws a `PaperkinError` for an answer that is not the one asked for, and the signal's reason once it is aborted. */
export interface Client {
  /** Papers for free text: an interest, a question, a title. */
  search(request: SearchRequest, call?: CallOptions): Promise<Answer>;
  /** Papers like one. */
  similar(id: string, request?: SimilarRequest, call?: CallOptions): Promise<Answer>;
  /** Papers like some and unlike others. */
  recommend(request: RecommendRequest, call?: CallOptions): Promise<Answer>;
  /** Vectors of texts, as the index sees them. */
  embed(request: EmbedRequest, call?: CallOptions): Promise<Embeddings>;
  /** What the service is and holds. */
  info(call?: CallOptions): Promise<Info>;
  papers: {
    /** Newest first. */
    list(page?: PaperPage, call?: CallOptions): Promise<PaperList>;
    get(id: string, call?: CallOptions): Promise<Paper>;
    /** Those that are known, and the ids that are not; at most 500. */
    getMany(ids: readonly string[], call?: CallOptions): Promise<PaperBatch>;
    /** Stores papers, new or changed; what one leaves out keeps its value. A `Blob` is a file of any format that can be imported. */
    post(papers: readonly PaperInput[] | Blob, options?: WriteOptions, call?: CallOptions): Promise<WriteReport>;
    /** Stores one paper whole: what it leaves out is emptied. */
    put(id: string, paper: PaperInput, options?: WriteOptions, call?: CallOptions): Promise<StoredPaper>;
    delete(id: string, call?: CallOptions): Promise<void>;
  };
  /** Batch work, done in the background. */
  jobs: {
    /** A `Blob` is a file to import. */
    start(request: JobRequest | Blob, call?: CallOptions): Promise<Job>;
    /** What `start` would do and cost; nothing is written. */
    price(request: JobRequest | Blob, call?: CallOptions): Promise<JobPrice>;
    /** Newest first. */
    list(page?: { limit?: number }, call?: CallOptions): Promise<Job[]>;
    get(id: string, call?: CallOptions): Promise<Job>;
    /** The job now and after each change; ends with the job. */
    watch(id: string, call?: CallOptions): AsyncGenerator<Job, void>;
    /** Rows that it refused. */
    rejects(id: string, page?: RejectPage, call?: CallOptions): Promise<JobReject[]>;
    cancel(id: string, call?: CallOptions): Promise<Job>;
    retry(id: string, call?: CallOptions): Promise<Job>;
  };
}

/** Characters of a text that fit into any address, each of which may be three percent-encoded bytes. */
const LONGEST_IN_ADDRESS = 500;

export function createClient(options: ClientOptions): Client {
  const { send, json } = createTransport(options);
  return {
    search(request, call) {
      const { filter, ...question } = request;
      const conditions = conditionsOf(filter);
      // The service keeps the answers of addresses; a filter of filters and a long text need a body.
      return conditions === undefined || question.q.length > LONGEST_IN_ADDRESS
        ? json('POST', '/v1/search', { body: request }, call)
        : json('GET', '/v1/search', { query: { ...question, ...conditions } }, call);
    },
    similar: (id, { filter, ...question } = {}, call) =>
      json('GET', '/v1/papers/{id}/similar', { params: { id }, query: { ...question, ...filter } }, call),
    recommend: (body, call) => json('POST', '/v1/recommend', { body }, call),
    embed: (body, call) => json('POST', '/v1/embed', { body }, call),
    info: (call) => json('GET', '/v1/info', {}, call),
    papers: {
      list: (page = {}, call) => json('GET', '/v1/papers', { query: { ...page } }, call),
      get: (id, call) => json('GET', '/v1/papers/{id}', { params: { id } }, call),
      getMany: (ids, call) => json('POST', '/v1/papers/batch-get', { body: { ids } }, call),
      post: (body, options = {}, call) => json('POST', '/v1/papers', { query: { ...options }, body }, call),
      put: (id, body, options = {}, call) => json('PUT', '/v1/papers/{id}', { params: { id }, query: { ...options }, body }, call),
      delete: (id, call) => json('DELETE', '/v1/papers/{id}', { params: { id } }, call),
    },
    jobs: {
      start: (body, call) => json('POST', '/v1/jobs', { body }, call),
      price: (body, call) => json('POST', '/v1/jobs', { query: { dryRun: true }, body }, call),
      list: async (page = {}, call) => (await json<{ jobs: Job[] }>('GET', '/v1/jobs', { query: { ...page } }, call)).jobs,
      get: (id, call) => json('GET', '/v1/jobs/{id}', { params: { id } }, call),
      async *watch(id, call) {
        yield* readEvents<Job>(await send('GET', '/v1/jobs/{id}/events', { params: { id } }, call));
      },
      rejects: async (id, page = {}, call) =>
        (await json<{ rejects: JobReject[] }>('GET', '/v1/jobs/{id}/rejects', { params: { id }, query: { ...page } }, call))
          .rejects,
      cancel: (id, call) => json('POST', '/v1/jobs/{id}/cancel', { params: { id } }, call),
      retry: (id, call) => json('POST', '/v1/jobs/{id}/retry', { params: { id } }, call),
    },
  };
}

/** Undefined for a filter of filters. */
function conditionsOf({ and, or, not, ...conditions }: PaperFilter = {}): PaperConditions | undefined {
  return and === undefined && or === undefined && not === undefined ? conditions : undefined;
}
