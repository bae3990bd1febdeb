/** Spans of requests and of what is done for them, as a real SDK gets them; without one there are none. */
import { InMemorySpanExporter, NodeTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { isTracing } from '#dist/tracing.js';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const SECRET = 'xylophone';

const exporter = new InMemorySpanExporter();
let seeded: SeededApp;
beforeAll(async () => {
  expect(isTracing()).toBe(false);
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  expect(isTracing()).toBe(true);
  seeded = await openSeededApp();
});
beforeEach(() => exporter.reset());
afterAll(() => seeded.close());

const spans = () => exporter.getFinishedSpans();
function spanOf(name: string): ReadableSpan {
  const found = spans().find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name} among ${spans().map((span) => span.name)}`);
  return found;
}
const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId;

it.each([
  ['GET', '/v1/search?q=', undefined],
  ['POST', '/v1/search', { q: `more ${SECRET}` }],
] as const)(
  'puts the embedding under the search, the search under the request, and that under its caller: %s',
  async (method, url, payload) => {
    const response = await seeded.app.inject({
      method,
      url: payload === undefined ? `${url}${SECRET}` : url,
      headers: { traceparent: `00-${TRACE}-${CALLER}-01` },
      ...(payload !== undefined && { payload }),
    });
    expect(response.statusCode).toBe(200);
    const [request, search, embed] = [spanOf(`${method} /v1/search`), spanOf('search'), spanOf('embed')];
    for (const span of spans()) expect(span.spanContext().traceId).toBe(TRACE);
    expect(parentOf(request)).toBe(CALLER);
    expect(parentOf(search)).toBe(request.spanContext().spanId);
    expect(parentOf(embed)).toBe(search.spanContext().spanId);
    expect(request.attributes).toMatchObject({
      'http.request.method': method,
      'http.route': '/v1/search',
      'http.response.status_code': 200,
      'paperkin.request_id': response.headers['x-request-id'],
    });
    expect(search.attributes).toMatchObject({ mode: 'hybrid', k: 10 });
    expect(embed.attributes).toMatchObject({ texts: 1, lane: 'interactive' });
    expect(JSON.stringify(spans().map(({ name, attributes, events }) => [name, attributes, events]))).not.toContain(SECRET);
  },
);

it('begins a trace of its own where the caller has none, and says where one failed', async () => {
  await seeded.app.inject('/v1/papers/nobody/similar');
  const [request, similar] = [spanOf('GET /v1/papers/:id/similar'), spanOf('similar')];
  expect(parentOf(request)).toBeUndefined();
  expect(request.spanContext().traceId).not.toBe(TRACE);
  // An unknown paper is the caller's fault: the span of the work says so, that of the request does not.
  expect(similar.status.code).toBe(2);
  expect(request.status.code).toBe(0);
  expect(request.attributes['http.response.status_code']).toBe(404);
});
