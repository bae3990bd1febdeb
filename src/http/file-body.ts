/** Bodies that are files: handed on as they come, for they may be larger than memory. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

const NDJSON = 'application/x-ndjson';
/** A file of any format that can be imported, known by what it holds. */
const ANY_FILE = 'application/octet-stream';

/** Lets the routes of this plugin have a stream as `request.body`. */
export function acceptFiles(app: FastifyInstance): void {
  app.addContentTypeParser([NDJSON, ANY_FILE], (_request, payload, done) => done(null, payload));
  // A body is checked by its content type: one that has none, for there is no body, would not be.
  app.addHook('preValidation', (request, _reply, done) => {
    const isMissing = request.body === undefined && request.routeOptions.schema?.body !== undefined;
    done(isMissing ? new AppError('invalid_input', 'body: is missing: send JSON or a file') : undefined);
  });
}

/** True where the body's kind is not said and has to be found out; else it is JSON lines. */
export function isAnyFile(request: FastifyRequest): boolean {
  return request.headers['content-type']?.startsWith(ANY_FILE) === true;
}
