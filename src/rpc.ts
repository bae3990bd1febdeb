/**
 * Moves an object whose methods are all asynchronous to another thread or process: `serve` stands where the
 * object lives, `remote` where it is called. Errors arrive as `AppError`s, whichever side they come from.
 */
import type { ChildProcess, Serializable } from 'node:child_process';
import type { MessagePort, Worker } from 'node:worker_threads';
import { AppError, fromPlainError, type PlainError, toPlainError } from './errors.ts';

/** What a call needs of a worker thread's or a child process's channel. */
export interface Channel {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once when no message can come any more. */
  onClose(listener: (reason: string) => void): void;
}

interface Request {
  id: number;
  method: string;
  args: unknown[];
}

interface Reply {
  id: number;
  value?: unknown;
  error?: PlainError;
}

type Methods<T> = { [K in keyof T]: (...args: never[]) => unknown };

/** The same methods as `T`, each answering with a promise. */
export type Remote<T extends Methods<T>> = {
  [K in keyof T]: (...args: Parameters<T[K]>) => Promise<Awaited<ReturnType<T[K]>>>;
};

/**
 * Answers the calls that arrive on `channel` with the methods of what `open` gives. Calls wait for it; if it
 * fails, each call is answered with its error.
 */
export function serve<T extends Methods<T>>(channel: Channel, open: () => T | Promise<T>): void {
  const opened = (async () => open())();
  // Reported by each call that awaits it.
  opened.catch(() => undefined);
  channel.onMessage(async (message) => {
    // Both ends are this file: the shape of a message is known.
    const { id, method, args } = message as Request;
    try {
      const target = await opened;
      const call = target[method as keyof T] as unknown as (...args: unknown[]) => unknown;
      channel.post({ id, value: await call.apply(target, args) } satisfies Reply);
    } catch (error) {
      channel.post({ id, error: toPlainError(error) } satisfies Reply);
    }
  });
}

/**
 * The far object as if it were here. A call that is under way when the channel closes is rejected with
 * `internal`, or with what `closedError` makes of the reason.
 */
export function remote<T extends Methods<T>>(
  channel: Channel,
  closedError: (reason: string) => AppError = (reason) => new AppError('internal', reason),
): Remote<T> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  let nextId = 0;
  let closed: string | undefined;

  channel.onMessage((message) => {
    const { id, value, error } = message as Reply;
    const call = waiting.get(id);
    if (call === undefined) return;
    waiting.delete(id);
    if (error === undefined) call.resolve(value);
    else call.reject(fromPlainError(error));
  });
  channel.onClose((reason) => {
    closed = reason;
    for (const call of waiting.values()) call.reject(closedError(reason));
    waiting.clear();
  });

  const caller =
    (method: string) =>
    (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(closedError(closed));
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        channel.post({ id, method, args } satisfies Request);
      });
  const callers = new Map<string, unknown>();
  return new Proxy({} as Remote<T>, {
    get(_, method) {
      // A promise resolved with this object asks for `then`: it is no method of the far side.
      if (typeof method !== 'string' || method === 'then') return undefined;
      let call = callers.get(method);
      if (call === undefined) {
        call = caller(method);
        callers.set(method, call);
      }
      return call;
    },
  });
}

/** The channel to a worker thread, seen from its parent. */
export function workerChannel(worker: Worker): Channel {
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', listener),
    onClose: (listener) => {
      let reason = 'the worker thread has ended';
      worker.on('error', (error) => {
        reason = `the worker thread failed: ${error instanceof Error ? error.message : String(error)}`;
      });
      worker.once('exit', () => listener(reason));
    },
  };
}

/** The channel to the parent, seen from a worker thread. */
export function parentChannel(port: MessagePort): Channel {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', listener),
    onClose: (listener) => port.once('close', () => listener('the parent thread has ended')),
  };
}

/** The channel between two processes, seen from either (`process` itself in the child). */
export function processChannel(peer: ChildProcess | NodeJS.Process): Channel {
  return {
    post: (message) => {
      // A peer that has just died reports itself through `onClose`; the failed write adds nothing.
      if (peer.connected) peer.send?.(message as Serializable, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => {
      peer.on('message', listener);
    },
    onClose: (listener) => {
      peer.once('disconnect', () => listener('the other process has ended'));
    },
  };
}
