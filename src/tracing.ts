/**
 * Spans, by the OpenTelemetry API alone. Without an SDK, which the operator loads into the process (docs/deploy.md), there are none.
 * Attributes hold counts and names of routes: no texts, no ids of papers.
 */
import {
  type Context,
  context,
  ProxyTracerProvider,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

type Attributes = Record<string, string | number>;

const NAME = 'paperkin';
/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;

/** True where an SDK has been loaded. */
export function isTracing(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
}

/** Work as a span under the one that is current. */
export function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (!isTracing()) return work();
  return trace.getTracer(NAME).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The span of a request, and what runs under it. */
export interface RequestSpan {
  traceId: string;
  run<T>(work: () => T): T;
  end(attributes: Attributes, failed: boolean): void;
}

/** @param headers of the request: `traceparent` says whose part this is. */
export function startRequestSpan(name: string, headers: object, attributes: Attributes): RequestSpan {
  // An SDK that follows Node's own server has read the headers already.
  const parent = trace.getActiveSpan() === undefined ? propagation.extract(context.active(), headers) : context.active();
  const span: Span = trace.getTracer(NAME).startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  const inside: Context = trace.setSpan(parent, span);
  return {
    traceId: span.spanContext().traceId,
    run: (work) => context.with(inside, work),
    end(more, failed) {
      span.setAttributes(more);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** The trace that a caller is in, from its `traceparent` header. */
export function traceIdOf(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}
