/** The program as its users start it, and the end of every process that it leaves. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PACKAGE_ROOT } from '#dist/config.js';

const MAIN = join(PACKAGE_ROOT, 'dist/cli/main.js');
const SERVING = /serving \d+ papers on (http:\/\/\S+?),? /;
/** Longest that a start or a command may take here, on a busy machine. */
const LIMIT_MS = 180_000;
/** An embedding process whose parent died ends by itself within it. */
const ORPHANS_END_WITHIN_MS = 5_000;

export interface StartOptions {
  dataDir: string;
  env?: Record<string, string>;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly alive: boolean;
  stderr(): string;
  ended: Promise<Ended>;
  /** Resolves when it and the processes it had started are gone; true when it was alive until then. */
  kill(): Promise<boolean>;
}

export interface Service extends Running {
  /** `http://host:port`. */
  url: string;
  /** As an administrator does it. */
  stop(): Promise<Ended>;
}

export interface Processes {
  /** Starts a command of the command line. */
  start(args: readonly string[], options: StartOptions): Running;
  /** Runs one to its end. */
  run(args: readonly string[], options: StartOptions): Promise<Ended>;
  /** @throws Error with what it said when it ends before it serves. */
  serve(options: StartOptions): Promise<Service>;
  /** A script of ours with a channel, ended with the rest. */
  fork(script: string): ChildProcess;
  killAll(): Promise<void>;
}

export function createProcesses(): Processes {
  const running = new Set<ChildProcess>();
  const keep = <T extends ChildProcess>(child: T): T => {
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };

  function start(args: readonly string[], { dataDir, env = {} }: StartOptions): Running {
    const all = {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: '0',
      HOST: '127.0.0.1',
      EMBED_PROCESSES: '1',
      SEED: 'false',
      LOG_LEVEL: 'error',
      MODEL: '',
      ...env,
    };
    const child = keep(spawn(process.execPath, [MAIN, ...args], { env: all, stdio: ['ignore', 'pipe', 'pipe'] }));
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        output[name] += chunk.toString();
      });
    }
    const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, ...output }));
    return {
      pid: child.pid ?? -1,
      get alive() {
        return child.exitCode === null && child.signalCode === null;
      },
      stderr: () => output.stderr,
      ended,
      async kill() {
        const children = await descendantsOf(child.pid ?? -1);
        const hit = child.exitCode === null && child.signalCode === null && child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
        await endOrphans(children);
        return hit && child.signalCode === 'SIGKILL';
      },
    };
  }

  return {
    start,
    async run(args, options) {
      const command = start(args, options);
      return within(command.ended, () => `"${args.join(' ')}" took longer than ${LIMIT_MS} ms: ${command.stderr()}`);
    },
    async serve(options) {
      const service = start(['serve'], options);
      const url = await within(serving(service), () => `it did not serve within ${LIMIT_MS} ms: ${service.stderr()}`);
      return {
        ...service,
        // Spread reads it once.
        get alive() {
          return service.alive;
        },
        url,
        async stop() {
          process.kill(service.pid, 'SIGTERM');
          return within(service.ended, () => `it did not stop within ${LIMIT_MS} ms`);
        },
      };
    },
    fork: (script) => keep(fork(script, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })),
    async killAll() {
      for (const child of running) {
        const children = await descendantsOf(child.pid ?? -1);
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
        await endOrphans(children);
      }
    },
  };
}

async function serving(service: Running): Promise<string> {
  while (service.alive) {
    const url = SERVING.exec(service.stderr())?.[1];
    if (url !== undefined) return url;
    await Promise.race([service.ended, sleep(5)]);
  }
  const { code, signal, stderr } = await service.ended;
  throw new Error(`it ended with ${code ?? signal} before it served: ${stderr}`);
}

async function within<T>(work: Promise<T>, otherwise: () => string): Promise<T> {
  const abort = new AbortController();
  const late = sleep(LIMIT_MS, undefined, { signal: abort.signal }).then(() => {
    throw new Error(otherwise());
  });
  // Aborted when the work is done: nobody waits for it then.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    abort.abort();
  }
}

/** Living processes whose parent is `pid`, from Linux's /proc; the fields of `stat` are in proc_pid_stat(5). */
async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const { state, parent } = await statOf(Number(name));
    if (parent === pid && state !== 'Z') children.push(Number(name));
  }
  return children;
}

/** Their children too: a job's process embeds in processes of its own. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}

/** Those of a process's children that embed. */
export function embeddersOf(pid: number): Promise<number[]> {
  return childrenRunning(pid, 'embed-process');
}

/** Those whose command line holds `script`. */
export async function childrenRunning(pid: number, script: string): Promise<number[]> {
  const children = await childrenOf(pid);
  const commands = await Promise.all(children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')));
  return children.filter((_, i) => commands[i]?.includes(script));
}

export async function isGone(pid: number): Promise<boolean> {
  const { state } = await statOf(pid);
  return state === '' || state === 'Z';
}

async function statOf(pid: number): Promise<{ state: string; parent: number }> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state = '', parent = ''] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent) };
}

/** They notice by themselves that their parent is gone; one that was stopped cannot, and is ended. */
export async function endOrphans(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + ORPHANS_END_WITHIN_MS;
  for (const pid of pids) {
    for (;;) {
      const { state } = await statOf(pid);
      if (state === '' || state === 'Z') break;
      if (state === 'T' || performance.now() > deadline) process.kill(pid, 'SIGKILL');
      await sleep(5);
    }
  }
}
