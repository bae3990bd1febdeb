/** A process of Python that answers questions: a JSON object a line each way. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGE_ROOT } from '#dist/config.js';

export interface PythonPeer {
  pid: number;
  /** One question at a time. */
  ask(question: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** Of the environment that `installPeers` makes. */
export const PEER_PYTHON = join(PACKAGE_ROOT, 'index/bench/venv/bin/python');

/** Sets up what the benches compare with in index/bench, some 6 GB, unless it is there. */
export function installPeers(): void {
  execFileSync('node', [join(PACKAGE_ROOT, 'scripts/peers.mjs')], { stdio: 'inherit' });
}

/** Path of a script in bench/peers. */
export function peerScript(name: string): string {
  return join(PACKAGE_ROOT, 'bench/peers', name);
}

export function startPeer(script: string, args: readonly string[], env: Record<string, string> = {}): PythonPeer {
  const child = spawn(PEER_PYTHON, [peerScript(script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? -1,
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${script} ${args.join(' ')} ended before it answered`);
      return JSON.parse(value);
    },
    async stop() {
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}
