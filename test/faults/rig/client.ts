/** The HTTP API as a client uses it. Answers are parsed by the schemas that the service publishes. */
import type { z } from 'zod';
import { jobSchema, jobsSchema } from '#dist/http/job-schemas.js';
import { problemSchema } from '#dist/http/problem.js';
import { answerSchema, infoSchema, listSchema, readySchema, writeReportSchema } from '#dist/http/schemas.js';
import type { PaperId } from '#dist/paper.js';
import type { JobKind } from '#dist/papers/job-store.js';
import type { PaperText } from './texts.ts';

export type JobOnWire = z.infer<typeof jobSchema>;

/** A request that gets no answer within it has none. */
const ANSWER_WITHIN_MS = 90_000;

export interface Reply {
  status: number;
  retryAfter: string | null;
  body: unknown;
}

export interface Client {
  /** @throws Error when the connection broke: what was sent may have been done or not. */
  send(method: string, path: string, body?: unknown): Promise<Reply>;
  upsert(papers: readonly (PaperText & { id: PaperId })[], options: { wait: boolean }): Promise<Reply>;
  remove(id: PaperId): Promise<Reply>;
  /** Ids of the k nearest, nearest first. */
  nearest(text: string, k: number): Promise<PaperId[]>;
  /** Ids of every paper, as the pages of the list give them. */
  ids(): Promise<PaperId[]>;
  info(): Promise<z.infer<typeof infoSchema>>;
  /** Asks for a job: a file to import, or what the JSON says. */
  addJob(body: Uint8Array | { kind: JobKind; all?: boolean }): Promise<JobOnWire>;
  /** Newest first. */
  jobs(): Promise<JobOnWire[]>;
  ready(): Promise<z.infer<typeof readySchema>>;
}

export function connect(url: string): Client {
  async function send(method: string, path: string, body?: unknown): Promise<Reply> {
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : bodyOf(body)),
    });
    const text = await response.text();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: text === '' ? null : JSON.parse(text),
    };
  }

  async function expectOk<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> {
    const reply = await send(method, path, body);
    if (reply.status !== 200 && reply.status !== 202) throw new Error(`${method} ${path} was answered ${describeReply(reply)}`);
    return schema.parse(reply.body);
  }

  return {
    send,
    upsert: (papers, { wait }) => send('POST', `/v1/papers?wait=${wait}`, papers),
    remove: (id) => send('DELETE', `/v1/papers/${encodeURIComponent(id)}`),
    async nearest(q, k) {
      const { results } = await expectOk(answerSchema, 'POST', '/v1/search', { q, k, mode: 'dense' });
      return results.map(({ paper }) => paper.id);
    },
    async ids() {
      const ids: PaperId[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: z.infer<typeof listSchema> = await expectOk(
          listSchema,
          'GET',
          `/v1/papers?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        );
        ids.push(...page.papers.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      return ids;
    },
    info: () => expectOk(infoSchema, 'GET', '/v1/info'),
    addJob: (body) => expectOk(jobSchema, 'POST', '/v1/jobs', body),
    jobs: async () => (await expectOk(jobsSchema, 'GET', '/v1/jobs')).jobs,
    ready: () => expectOk(readySchema, 'GET', '/readyz'),
  };
}

/** Bytes go as a file, the rest as JSON. */
function bodyOf(body: unknown): Pick<RequestInit, 'headers' | 'body'> {
  return body instanceof Uint8Array
    ? { headers: { 'content-type': 'application/octet-stream' }, body: Uint8Array.from(body) }
    : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function isStored({ status, body }: Reply): boolean {
  return status === 200 && writeReportSchema.safeParse(body).success;
}

/** True for an answer that tells a caller to come again, and what is wrong meanwhile. */
export function isComeAgain({ status, retryAfter, body }: Reply): boolean {
  return (status === 503 || status === 429) && Number(retryAfter) > 0 && problemSchema.safeParse(body).success;
}

export function describeReply({ status, retryAfter, body }: Reply): string {
  return `${status}${retryAfter === null ? '' : `, retry-after ${retryAfter}`}: ${JSON.stringify(body)}`;
}
