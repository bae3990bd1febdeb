/** What stands between a client and the service, such as a proxy: refuses the first requests and sends the others on. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Refusal {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface InBetween {
  url: string;
  /** Headers of each request so far. */
  asked: IncomingHttpHeaders[];
  close(): void;
}

/** @param serviceUrl where requests go on to that are not refused. */
export async function standBetween(serviceUrl: string, refusals: readonly Refusal[]): Promise<InBetween> {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const refusal = refusals[asked.length];
    asked.push(request.headers);
    if (refusal === undefined) response.writeHead(307, { location: serviceUrl + request.url }).end();
    else response.writeHead(refusal.status, refusal.headers).end(refusal.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
