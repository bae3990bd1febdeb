// Covers `serve` and `remote` over a real worker thread and a real child process: values, errors, and what happens when the far side dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '#dist/errors.js';
import { processChannel, type Remote, remote, workerChannel } from '#dist/rpc.js';

const RPC = new URL('../dist/rpc.js', import.meta.url).href;
const ERRORS = new URL('../dist/errors.js', import.meta.url).href;

interface Target {
  add(a: number, b: number): number;
  double(vector: Float32Array): Promise<Float32Array>;
  answerLater(ms: number): Promise<string>;
  nothing(): void;
  refuse(): never;
  break(): never;
  giveFunction(): () => number;
  never(): Promise<never>;
  exit(code: number): void;
  crash(): void;
}

/** The far side: `TARGET` as an expression, `FAILING` in its place for an `open` that fails. */
const TARGET = `({
  calls: 0,
  add(a, b) { this.calls++; return a + b; },
  double: async (vector) => vector.map((value) => 2 * value),
  answerLater: (ms) => new Promise((resolve) => setTimeout(() => resolve('after ' + ms), ms)),
  nothing() {},
  refuse() {
    throw new errors.AppError('overloaded', 'too much', { issues: [{ path: 'a.0', message: 'no' }], retryAfterS: 3 });
  },
  break() { throw new TypeError('a plain fault'); },
  giveFunction: () => () => 1,
  never: () => new Promise(() => {}),
  exit(code) { process.exit(code); },
  crash() { setImmediate(() => { throw new Error('thrown outside any call'); }); },
})`;
const FAILING = `(() => { throw new errors.AppError('store_invalid', 'cannot open'); })()`;

const workers: Worker[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function inThread(target = TARGET): Remote<Target> {
  const code = `
    Promise.all([import(${JSON.stringify(RPC)}), import(${JSON.stringify(ERRORS)})]).then(([rpc, errors]) => {
      const { parentPort } = require('node:worker_threads');
      rpc.serve(rpc.parentChannel(parentPort), () => ${target});
    });`;
  const worker = new Worker(code, { eval: true, stderr: true });
  workers.push(worker);
  return remote<Target>(workerChannel(worker));
}

function inProcess(target = TARGET): Remote<Target> {
  const code = `
    const [rpc, errors] = await Promise.all([import(${JSON.stringify(RPC)}), import(${JSON.stringify(ERRORS)})]);
    const channel = rpc.processChannel(process);
    channel.onClose(() => process.exit(0));
    rpc.serve(channel, () => ${target});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  children.push(child);
  return remote<Target>(processChannel(child));
}

describe.each([
  { name: 'a worker thread', start: inThread },
  { name: 'a child process', start: inProcess },
])('an object in $name', ({ start }) => {
  it('answers with values, from plain and from asynchronous methods', async () => {
    const target = start();
    expect(await target.add(2, 3)).toBe(5);
    expect(await target.double(Float32Array.of(0.5, -1))).toEqual(Float32Array.of(1, -2));
    expect(await target.nothing()).toBeUndefined();
  });

  it('answers calls that overlap each with its own value, whichever is done first', async () => {
    const target = start();
    const calls = [target.answerLater(60), target.add(1, 1), target.answerLater(5), ...[1, 2, 3].map((n) => target.add(n, n))];
    expect(await Promise.all(calls)).toEqual(['after 60', 2, 'after 5', 2, 4, 6]);
  });

  it('keeps the code, text, issues and retry time of an AppError', async () => {
    const error = await start()
      .refuse()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'overloaded',
      message: 'too much',
      retryAfterS: 3,
      issues: [{ path: 'a.0', message: 'no' }],
    });
  });

  it('makes any other error internal, with its text, and goes on answering', async () => {
    const target = start();
    await expect(target.break()).rejects.toMatchObject({ name: 'AppError', code: 'internal', message: 'a plain fault' });
    expect(await target.add(1, 2)).toBe(3);
  });

  it('rejects a call of a method that the far side does not have', async () => {
    const target = start(`({ add: (a, b) => a + b })`);
    await expect(target.nothing()).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
    expect(await target.add(1, 2)).toBe(3);
  });

  it('answers each call with the error of an open that failed', async () => {
    const target = start(FAILING);
    for (const call of [target.add(1, 2), target.nothing(), target.add(3, 4)]) {
      await expect(call).rejects.toMatchObject({ name: 'AppError', code: 'store_invalid', message: 'cannot open' });
    }
  });

  it('rejects what is under way, and every later call, when the far side ends', async () => {
    const target = start();
    expect(await target.add(1, 1)).toBe(2);
    const underWay = [target.never(), target.exit(7), target.never()];
    for (const call of underWay) await expect(call).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
    await expect(target.add(1, 1)).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
  });

  it('rejects what is under way when the far side fails outside any call', async () => {
    const target = start();
    const underWay = target.never();
    target.crash().catch(() => undefined);
    await expect(underWay).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
  });

  it('can be returned from an asynchronous function without being called', async () => {
    const target = await (async () => start())();
    expect(await target.add(4, 5)).toBe(9);
  });
});

describe('an object in a worker thread', () => {
  it('rejects a call whose value cannot be sent, and goes on answering', async () => {
    const target = inThread();
    await expect(target.giveFunction()).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
    expect(await target.add(1, 2)).toBe(3);
  });

  it('says why the thread failed', async () => {
    const target = inThread();
    const underWay = target.never();
    target.crash().catch(() => undefined);
    await expect(underWay).rejects.toThrow('thrown outside any call');
  });

  it('rejects with the error that its owner makes of the reason', async () => {
    const worker = new Worker('process.exit(3)', { eval: true });
    workers.push(worker);
    const target = remote<Target>(
      workerChannel(worker),
      (reason) => new AppError('embedding_failed', `gone: ${reason}`, { retryAfterS: 1 }),
    );
    await expect(target.add(1, 2)).rejects.toMatchObject({
      code: 'embedding_failed',
      message: expect.stringMatching(/^gone: ./),
      retryAfterS: 1,
    });
  });
});
