/** The Model Context Protocol over streamable HTTP, without sessions: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports. */
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, messageOf } from '../../../errors.ts';
import { callerGone } from '../../caller-gone.ts';
import { type Fault, readFault, sendReady } from '../../fault.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { mayCall } from './origin.ts';
import { createToolServer } from './tools.ts';

const LIST_TOOLS = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const bodySchema = z.unknown().meta({ description: 'A JSON-RPC message, or a list of them', examples: [LIST_TOOLS] });
const answerSchema = z.unknown().describe('The JSON-RPC answer, or a list of them');
const errorSchema = z
  .object({ jsonrpc: z.literal('2.0'), error: z.object({ code: z.int(), message: z.string() }), id: z.null() })
  .meta({ id: 'McpError' });

/** Of what is wrong with the transport, and has no number of its own. */
const TRANSPORT_FAULT = -32_000;

const routes: FastifyPluginAsyncZod<DialectOptions> = async (app, { services, config }) => {
  app.addHook('onRequest', async ({ headers: { origin, host } }, reply) => {
    if (mayCall({ origin, host }, config)) return;
    const detail = `a page of ${origin} may not call this service: set PUBLIC_URL to the address that it is known by, or list the page in CORS_ORIGINS`;
    return sendFault({ status: 403, code: 'origin_refused', title: 'The origin is refused', detail }, reply);
  });

  app.post(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      schema: {
        tags: ['mcp'],
        summary: 'A message of the Model Context Protocol: tools to search papers with',
        body: bodySchema,
        response: {
          200: answerSchema,
          202: z.null().describe('A notification was taken'),
          400: errorSchema,
          403: errorSchema,
          413: errorSchema,
          415: errorSchema,
        },
      },
    },
    async (request, reply) => {
      const server = createToolServer(services, {
        signal: callerGone(reply),
        explain: (error) => readFault(appErrorOf(error), request, reply).detail,
        took({ tookMs }) {
          request.tookMs = tookMs;
        },
      });
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
      await server.connect(transport);
      const answer = await answerOf(transport, request.headers['mcp-protocol-version'], request.body);
      await server.close();
      return sendAnswer(answer, reply);
    },
  );
};

function appErrorOf(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal', messageOf(error), { cause: error });
}

interface WireAnswer {
  status: number;
  /** JSON; empty for a notification. */
  body: Buffer;
}

function sendAnswer({ status, body }: WireAnswer, reply: FastifyReply): FastifyReply {
  return body.length === 0 ? reply.code(status).send() : reply.code(status).type('application/json').send(body);
}

/** A caller need not say that it would take a stream of events: it is never sent one. */
async function answerOf(
  transport: WebStandardStreamableHTTPServerTransport,
  version: string | string[] | undefined,
  message: unknown,
): Promise<WireAnswer> {
  const headers = new Headers({ accept: 'application/json, text/event-stream', 'content-type': 'application/json' });
  if (typeof version === 'string') headers.set('mcp-protocol-version', version);
  // The address is not looked at.
  const request = new Request('http://localhost/mcp', { method: 'POST', headers });
  const response = await transport.handleRequest(request, { parsedBody: message });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

function sendFault({ status, code, detail }: Fault, reply: FastifyReply): FastifyReply {
  const number = code === 'malformed_json' ? ErrorCode.ParseError : status >= 500 ? ErrorCode.InternalError : TRANSPORT_FAULT;
  const body = { jsonrpc: '2.0', error: { code: number, message: detail }, id: null };
  return sendReady(reply.code(status).type('application/json'), body);
}

export const mcp: Dialect = { name: 'mcp', sendFault, parts: [{ prefix: '/mcp', routes }] };
