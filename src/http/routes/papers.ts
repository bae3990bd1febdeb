/** The papers themselves: list, read, write, remove. */
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { importPapers } from '../../jobs/import-papers.ts';
import { draftFromInput, type PaperId, type PaperInput, paperInputSchema, readRecord } from '../../paper.ts';
import { readJsonl } from '../../seeds/jsonl.ts';
import { readStream } from '../../seeds/read-files.ts';
import type { Services } from '../../services.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { acceptFiles, isAnyFile } from '../file-body.ts';
import { type Format, formatOf, inFormats, varyByAccept } from '../formats/format.ts';
import { sendPaper } from '../formats/send.ts';
import { sendJson } from '../json-bytes.ts';
import {
  batchGetBody,
  batchGetSchema,
  idParams,
  listQuery,
  listSchema,
  ownIdParams,
  paperFormatQuery,
  paperSchema,
  problemsOf,
  putSchema,
  waitQuery,
  writeReportSchema,
} from '../schemas.ts';

const tags = ['papers'];
const papersBody = z
  .array(paperInputSchema)
  .min(1)
  .meta({ examples: [[{ title: 'A paper of mine', abstract: 'What it is about.', publishedAt: '2026-01-31' }]] });
const paperBody = paperInputSchema.meta({ examples: [{ title: 'A paper of mine', venue: 'My desk' }] });
/** Rejected lines that an answer lists; the rest are only counted. */
const MAX_ERRORS = 100;
const PAPER_FORMATS = ['json', 'markdown', 'bibtex'] as const satisfies Format[];

export const paperRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  const { store, indexer } = services;

  acceptFiles(app);

  const unknownPaper = (id: PaperId) => new AppError('paper_not_found', `no paper has the id "${id}"`);

  /** True when the write can be found; a write that nobody waits for is embedded in the background. */
  async function index(wait: boolean): Promise<boolean> {
    const synced = indexer.sync();
    if (wait) await synced;
    else synced.catch((error: unknown) => app.log.error({ err: error }, 'indexing failed; the next write tries again'));
    return wait;
  }

  app.get(
    '/v1/papers',
    {
      schema: {
        tags,
        summary: 'Papers, newest first',
        querystring: listQuery,
        response: { 200: listSchema, ...problemsOf(400) },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const papers = await store.list({ limit, after: cursor === undefined ? undefined : decodeCursor(cursor) });
      const last = papers.at(-1);
      return { papers, nextCursor: last === undefined || papers.length < limit ? null : encodeCursor(last) };
    },
  );

  app.post(
    '/v1/papers',
    {
      schema: {
        tags,
        summary: 'Store papers, new or changed',
        description:
          'A JSON array is stored whole or, when one paper is not valid, not at all. An NDJSON body (`application/x-ndjson`) ' +
          'is read line by line: bad lines are reported and the rest is stored; so is a file (`application/octet-stream`, plain or ' +
          'gzipped) of any format that `paperkin import` reads. A field that is left out keeps its stored value. ' +
          'Sending the same again changes nothing. Durable when answered.',
        querystring: waitQuery,
        body: { content: { 'application/json': { schema: papersBody } } },
        response: { 200: writeReportSchema, ...problemsOf(400, 413, 415, 503) },
      },
    },
    async (request) => {
      const report = {
        new: 0,
        changed: 0,
        unchanged: 0,
        rejected: 0,
        errors: [] as { line: number; message: string }[],
        ids: [] as PaperId[],
      };
      if (request.body instanceof Readable) {
        const records = isAnyFile(request) ? await readStream('the body', request.body) : readJsonl('body', request.body);
        const counts = await importPapers(store, records, {
          onReject: ({ line, message }) => {
            if (report.errors.length < MAX_ERRORS) report.errors.push({ line, message });
          },
        });
        Object.assign(report, counts);
      } else {
        // Validated against `papersBody` above: the only content type that is no stream.
        const drafts = (request.body as PaperInput[]).map(draftFromInput);
        const { outcomes } = await store.upsert(drafts, 'merge');
        for (const outcome of outcomes) report[outcome]++;
        report.ids = drafts.map(({ id }) => id);
      }
      return { ...report, indexed: await index(request.query.wait) };
    },
  );

  app.post(
    '/v1/papers/batch-get',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Several papers by id',
        body: batchGetBody,
        response: { 200: batchGetSchema, ...problemsOf(400, 413, 415) },
      },
    },
    async ({ body: { ids } }) => {
      const found = await store.get(ids);
      return { papers: found.filter((paper) => paper !== undefined), missing: ids.filter((_, i) => found[i] === undefined) };
    },
  );

  app.get(
    '/v1/papers/:id',
    {
      schema: {
        tags,
        summary: 'One paper',
        params: idParams,
        querystring: paperFormatQuery,
        response: { 200: inFormats(paperSchema, PAPER_FORMATS), ...problemsOf(400, 404) },
      },
      onRequest: varyByAccept,
    },
    async (request, reply) => {
      const { id } = request.params;
      const [record] = await store.records([id]);
      if (record === undefined) throw unknownPaper(id);
      const format = formatOf(request, PAPER_FORMATS);
      return format === 'json' ? sendJson(reply, record.json) : sendPaper(reply, format, readRecord(record));
    },
  );

  app.put(
    '/v1/papers/:id',
    {
      schema: {
        tags,
        summary: 'Store one paper whole',
        description: 'What the body leaves out is emptied; `POST /v1/papers` keeps it.',
        params: ownIdParams,
        querystring: waitQuery,
        body: paperBody,
        response: { 200: putSchema, 201: putSchema, ...problemsOf(400, 413, 415, 503) },
      },
    },
    async ({ params: { id }, body, query }, reply) => {
      if (body.id !== undefined && body.id !== id) {
        throw new AppError('invalid_input', `body id "${body.id}" is not the path's "${id}": leave it out`, {
          issues: [{ path: 'id', message: `must be "${id}" or left out` }],
        });
      }
      const { outcomes } = await store.upsert([{ ...draftFromInput(body), id }], 'replace');
      const indexed = await index(query.wait);
      const [paper] = await store.get([id]);
      if (paper === undefined) throw unknownPaper(id);
      return reply.code(outcomes[0] === 'new' ? 201 : 200).send({ paper, indexed });
    },
  );

  app.delete(
    '/v1/papers/:id',
    {
      schema: {
        tags,
        summary: 'Remove a paper from every later answer',
        params: ownIdParams,
        response: { 204: z.null().describe('Removed'), ...problemsOf(400, 404, 503) },
      },
    },
    async ({ params: { id } }, reply) => {
      const { removed } = await store.remove([id]);
      if (removed.length === 0) throw unknownPaper(id);
      // Cheap beside an embedding, and so always awaited: the next answer must not hold the paper.
      await services.index.remove([id]);
      index(false);
      return reply.code(204).send(null);
    },
  );
};
