import autocannon from 'autocannon';

/** Each connection prepares its requests when it opens, while the clock runs: many of them would be measured as waiting. */
const REQUESTS_A_CONNECTION = 256;

/** What is asked; with a body, JSON, it is a POST. */
export interface Ask {
  path: string;
  body?: string;
}

export interface LoadOptions {
  /** `http://host:port`. */
  url: string;
  /** One after the other, each connection starting at another one and going round after 256. */
  asks: readonly Ask[];
  connections: number;
  durationS: number;
  /** Requests a second of all connections together; without it each asks again as soon as it is answered. */
  rate?: number | undefined;
  /** False asks the service not to answer from answers that it has kept. Default true. */
  fromKept?: boolean;
}

export interface LoadResult {
  answers: number;
  /** Answers with another status than 2xx. */
  non2xx: number;
  /** Connections that failed or timed out. */
  errors: number;
  durationS: number;
  bytes: number;
  /** Milliseconds of each answer. */
  latenciesMs: number[];
}

/** Keep-alive connections, each with one request under way at a time; the load is made in this process. */
export async function runLoad({ url, asks, connections, durationS, rate, fromKept = true }: LoadOptions): Promise<LoadResult> {
  const headers: Record<string, string> = fromKept ? {} : { 'cache-control': 'no-cache' };
  const requests = asks.map(({ path, body }) =>
    body === undefined
      ? { method: 'GET' as const, path, headers }
      : { method: 'POST' as const, path, headers: { ...headers, 'content-type': 'application/json' }, body },
  );
  let started = 0;
  const instance = autocannon({
    url,
    connections,
    duration: durationS,
    sampleInt: 100,
    ...(rate === undefined ? {} : { overallRate: Math.max(connections, Math.round(rate)) }),
    requests: requests.slice(0, 1),
    setupClient(client) {
      // Spread over the list, so that connections do not ask the same thing at the same time.
      const from = Math.floor((started++ * requests.length) / connections) % requests.length;
      client.setRequests([...requests.slice(from), ...requests.slice(0, from)].slice(0, REQUESTS_A_CONNECTION));
    },
  });
  const latenciesMs: number[] = [];
  instance.on('response', (_client: unknown, _status: number, _bytes: number, ms: number) => latenciesMs.push(ms));
  const result = await instance;
  return {
    answers: result['2xx'],
    non2xx: result.non2xx,
    errors: result.errors,
    durationS: result.duration,
    bytes: result.throughput.total,
    latenciesMs,
  };
}
