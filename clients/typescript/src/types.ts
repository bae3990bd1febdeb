/** Names for what goes over the wire; what each is comes from the OpenAPI document. */
import type { components, paths } from './openapi.ts';

type Schemas = components['schemas'];
type BodyOf<Operation> = Operation extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : never;
type AnswerOf<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never;
type QueryOf<Operation> = Operation extends { parameters: { query?: infer Query } } ? NonNullable<Query> : never;

export type Paper = Schemas['Paper'];
export type PaperInput = BodyOf<paths['/v1/papers/{id}']['put']>;
export type PaperList = Schemas['PaperList'];
export type PaperBatch = AnswerOf<paths['/v1/papers/batch-get']['post']>;
export type PaperPage = QueryOf<paths['/v1/papers']['get']>;
export type StoredPaper = AnswerOf<paths['/v1/papers/{id}']['put']>;
export type WriteReport = Schemas['WriteReport'];

export type PaperFilter = Schemas['PaperFilterInput'];
/** Conditions that must all hold. */
export type PaperConditions = Omit<PaperFilter, 'and' | 'or' | 'not'>;

export type SearchRequest = BodyOf<paths['/v1/search']['post']>;
export type RecommendRequest = BodyOf<paths['/v1/recommend']['post']>;
export type SimilarRequest = Omit<SearchRequest, 'q' | 'mode' | 'filter'> & { filter?: PaperConditions };
export type Answer = Schemas['Answer'];
export type Hit = Answer['results'][number];
export type Contribution = NonNullable<Hit['contributions']>[number];
export type Why = Schemas['Why'];
export type WhyNot = Schemas['WhyNot'];
/** What is asked of a list that a paper is missed in. */
export type MissedRequest<Request> = Omit<Request, 'cursor' | 'explain' | 'filter'> & { filter?: PaperConditions };
/** Forms of a list beside JSON. */
export type TextFormat = 'markdown' | 'bibtex' | 'csv';

export type EmbedRequest = BodyOf<paths['/v1/embed']['post']>;
export type Embeddings = Schemas['Embeddings'];

export type Job = Schemas['Job'];
export type JobRequest = BodyOf<paths['/v1/jobs']['post']>;
export type JobPrice = Schemas['Price'];
export type JobReject = AnswerOf<paths['/v1/jobs/{id}/rejects']['get']>['rejects'][number];
export type RejectPage = QueryOf<paths['/v1/jobs/{id}/rejects']['get']>;

export type Info = Schemas['Info'];
export type Readiness = AnswerOf<paths['/readyz']['get']>;
export type Problem = Schemas['Problem'];
