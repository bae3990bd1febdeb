/** Opens generations in another process, and in a new one after that died of one. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { processChannel, type Remote, remote } from '#dist/rpc.js';
import type { Opened, OpenRequest, OpenService } from './open-process.ts';
import type { Processes } from './processes.ts';

const SCRIPT = fileURLToPath(new URL('./open-process.js', import.meta.url));

export interface Opener {
  /** @throws Error when the process died of it. */
  open(request: OpenRequest): Promise<Opened>;
  close(): Promise<void>;
}

export function createOpener(processes: Processes): Opener {
  let current: { child: ChildProcess; service: Remote<OpenService> } | undefined;
  return {
    async open(request) {
      if (current?.child.connected !== true) {
        const child = processes.fork(SCRIPT);
        current = { child, service: remote<OpenService>(processChannel(child)) };
      }
      return current.service.open(request);
    },
    async close() {
      if (current?.child.connected !== true) return;
      const exit = once(current.child, 'exit');
      current.child.disconnect();
      await exit;
    },
  };
}
