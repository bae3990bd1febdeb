/** The part of autocannon 8 that the bench uses; it ships no types. https://github.com/mcollina/autocannon#api */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  namespace autocannon {
    interface Request {
      method: 'GET' | 'POST';
      path: string;
      headers?: Record<string, string>;
      body?: string;
    }

    interface Client {
      setRequests(requests: Request[]): void;
    }

    interface Options {
      url: string;
      connections: number;
      /** Seconds. */
      duration: number;
      /** Milliseconds between two samples, and between two looks at whether the time is over. */
      sampleInt?: number;
      /** Requests a second of all connections together. */
      overallRate?: number;
      requests: Request[];
      setupClient?: (client: Client) => void;
    }

    interface Result {
      /** Seconds that it took. */
      duration: number;
      '2xx': number;
      non2xx: number;
      /** Failed connections, timeouts among them. */
      errors: number;
      throughput: { total: number };
    }

    /** Emits `response` (client, status, bytes, milliseconds). */
    interface Instance extends EventEmitter, PromiseLike<Result> {}
  }

  function autocannon(options: autocannon.Options): autocannon.Instance;
  export = autocannon;
}
