/**
 * Requests at a steady rate, however many are under way. Bare sockets: the load shares the machine with the service, and what it
 * costs the service does not have.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const TICK_MS = 1;
const HEAD_END = Buffer.from('\r\n\r\n');

export interface Answered {
  /** 0 where the connection failed. */
  status: number;
  ms: number;
  hasRetryAfter: boolean;
}

/** Keep-alive connections to one service, as many as there are requests under way. */
export class OpenLoop {
  readonly #url: URL;
  readonly #requests: readonly Buffer[];
  readonly #free: Connection[] = [];
  readonly #all = new Set<Connection>();
  #next = 0;

  /** @param url `http://host:port`. @param paths asked with GET, one after the other, and again from the first. */
  constructor(url: string, paths: readonly string[], headers: Readonly<Record<string, string>>) {
    this.#url = new URL(url);
    const lines = Object.entries({ host: this.#url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#requests = paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'));
  }

  /** Resolves when the last is sent, with the answers to come. */
  async run(rate: number, durationS: number): Promise<{ answers: Promise<Answered[]> }> {
    const answered: Answered[] = [];
    let sent = 0;
    const start = performance.now();
    for (let elapsed = 0; elapsed < durationS * 1_000; elapsed = performance.now() - start) {
      for (; sent < (rate * elapsed) / 1_000; sent++) this.#send((one) => answered.push(one));
      await delay(TICK_MS);
    }
    const all = async () => {
      while (answered.length < sent) await delay(TICK_MS);
      return answered;
    };
    return { answers: all() };
  }

  ask(): Promise<Answered> {
    return new Promise((resolve) => this.#send(resolve));
  }

  close(): void {
    for (const connection of this.#all) connection.destroy();
  }

  /** By callback: a hundred thousand promises that wait would keep the garbage collector busy. */
  #send(done: (answered: Answered) => void): void {
    const connection = this.#free.pop() ?? this.#open();
    const start = performance.now();
    const request = this.#requests[this.#next++ % this.#requests.length] ?? Buffer.alloc(0);
    connection.ask(request, (status, hasRetryAfter) => {
      if (status !== 0) this.#free.push(connection);
      done({ status, ms: performance.now() - start, hasRetryAfter });
    });
  }

  #open(): Connection {
    const connection = new Connection(this.#url, () => {
      this.#all.delete(connection);
      const at = this.#free.indexOf(connection);
      if (at >= 0) this.#free.splice(at, 1);
    });
    this.#all.add(connection);
    return connection;
  }
}

/** One request under way at a time; of an answer the head alone is read. */
class Connection {
  readonly #socket: Socket;
  #head: Buffer | null = null;
  /** Bytes of the body that are to come. */
  #missing = 0;
  #status = 0;
  #hasRetryAfter = false;
  #done: ((status: number, hasRetryAfter: boolean) => void) | null = null;

  constructor({ hostname, port }: URL, onClose: () => void) {
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    // `close` follows.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => {
      onClose();
      this.#end(0, false);
    });
  }

  ask(request: Buffer, done: (status: number, hasRetryAfter: boolean) => void): void {
    this.#done = done;
    this.#socket.write(request);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#missing > 0) this.#missing -= chunk.length;
    else {
      const bytes: Buffer = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) {
        this.#head = bytes;
        return;
      }
      this.#head = null;
      const head = bytes.toString('latin1', 0, end).toLowerCase();
      this.#status = Number(head.slice(9, 12));
      this.#hasRetryAfter = head.includes('\r\nretry-after:');
      this.#missing = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1]) - (bytes.length - end - HEAD_END.length);
      // Without a length nobody knows where it ends.
      if (Number.isNaN(this.#missing)) this.#socket.destroy();
    }
    if (this.#missing === 0) this.#end(this.#status, this.#hasRetryAfter);
  }

  #end(status: number, hasRetryAfter: boolean): void {
    const done = this.#done;
    this.#done = null;
    done?.(status, hasRetryAfter);
  }
}
