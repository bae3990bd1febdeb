/** What can be asked of a service, a method a question. Requests and answers are those of its OpenAPI document. */
import { readEvents } from './events.ts';
import { type CallOptions, type ClientOptions, createTransport, type Question } from './transport.ts';
import type {
  Answer,
  Embeddings,
  EmbedRequest,
  Info,
  Job,
  JobPrice,
  JobReject,
  JobRequest,
  MissedRequest,
  Paper,
  PaperBatch,
  PaperConditions,
  PaperFilter,
  PaperInput,
  PaperList,
  PaperPage,
  Readiness,
  RecommendRequest,
  RejectPage,
  SearchRequest,
  SimilarRequest,
  StoredPaper,
  TextFormat,
  WhyNot,
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
  /** The same lists, and single papers, as text: Markdown, BibTeX or, of lists, CSV. */
  export: {
    search(request: SearchRequest, format: TextFormat, call?: CallOptions): Promise<string>;
    similar(id: string, request: SimilarRequest, format: TextFormat, call?: CallOptions): Promise<string>;
    recommend(request: RecommendRequest, format: TextFormat, call?: CallOptions): Promise<string>;
    paper(id: string, format: Exclude<TextFormat, 'csv'>, call?: CallOptions): Promise<string>;
  };
  /** Why a paper is not in a list, and where it truly stands. */
  whyNot: {
    search(request: MissedRequest<SearchRequest>, missed: string, call?: CallOptions): Promise<WhyNot>;
    similar(id: string, missed: string, request?: MissedRequest<SimilarRequest>, call?: CallOptions): Promise<WhyNot>;
  };
  /** Vectors of texts, as the index sees them. */
  embed(request: EmbedRequest, call?: CallOptions): Promise<Embeddings>;
  /** What the service is and holds. */
  info(call?: CallOptions): Promise<Info>;
  /** Whether it can answer, and whether from an older index. Throws where it cannot. */
  ready(call?: CallOptions): Promise<Readiness>;
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
  const { send, json, text } = createTransport(options);
  return {
    search: (request, call) => json(...toSearch(request), call),
    similar: (id, request = {}, call) => json(...toFindSimilar(id, request), call),
    recommend: (body, call) => json('POST', '/v1/recommend', { body }, call),
    export: {
      search: (request, format, call) => text(...inFormat(toSearch(request), format), call),
      similar: (id, request, format, call) => text(...inFormat(toFindSimilar(id, request), format), call),
      recommend: (body, format, call) => text('POST', '/v1/recommend', { query: { format }, body }, call),
      paper: (id, format, call) => text('GET', '/v1/papers/{id}', { params: { id }, query: { format } }, call),
    },
    whyNot: {
      search: ({ filter, ...question }, id, call) =>
        json('GET', '/v1/search/why-not', { query: { ...question, ...filter, id } }, call),
      similar: (id, other, { filter, ...question } = {}, call) =>
        json('GET', '/v1/papers/{id}/why-not/{other}', { params: { id, other }, query: { ...question, ...filter } }, call),
    },
    embed: (body, call) => json('POST', '/v1/embed', { body }, call),
    info: (call) => json('GET', '/v1/info', {}, call),
    ready: (call) => json('GET', '/readyz', {}, call),
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

/** The service keeps the answers of addresses; a filter of filters and a long text need a body. */
function toSearch(request: SearchRequest): Question {
  const { filter, ...question } = request;
  const conditions = conditionsOf(filter);
  return conditions === undefined || question.q.length > LONGEST_IN_ADDRESS
    ? ['POST', '/v1/search', { body: request }]
    : ['GET', '/v1/search', { query: { ...question, ...conditions } }];
}

function toFindSimilar(id: string, { filter, ...question }: SimilarRequest): Question {
  return ['GET', '/v1/papers/{id}/similar', { params: { id }, query: { ...question, ...filter } }];
}

function inFormat([method, path, parts]: Question, format: TextFormat): Question {
  return [method, path, { ...parts, query: { ...parts.query, format } }];
}

/** Undefined for a filter of filters. */
function conditionsOf({ and, or, not, ...conditions }: PaperFilter = {}): PaperConditions | undefined {
  return and === undefined && or === undefined && not === undefined ? conditions : undefined;
}
