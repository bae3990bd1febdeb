/** Answers what Node cannot read as a request, before there is one, as a problem too. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance } from 'fastify';
import { problemOf } from './problem.ts';

const FAULTS: Record<string, { status: number; code: string; title: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    title: 'The address and the headers are too large',
    detail: 'all headers together, with the address, may have 16 KiB: send long texts in a body',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'headers_too_slow',
    title: 'The headers did not come in time',
    detail: 'the connection was open and no whole request came',
  },
};
const OTHER = { status: 400, code: 'bad_request', title: 'The request is not valid', detail: 'this is not HTTP/1.1' };

export function answerUnreadable(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const fault = FAULTS[error.code] ?? OTHER;
  const requestId = randomUUID();
  this.log.info({ code: error.code, status: fault.status, reqId: requestId }, 'a request could not be read');
  if (socket.writable) {
    const body = JSON.stringify(problemOf(fault, requestId));
    socket.write(
      `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\nx-request-id: ${requestId}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
