import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { processChannel, remote } from '#dist/rpc.js';
import type { Contender, ContenderKind } from './contender.ts';

const ENTRY = fileURLToPath(new URL('./contender-process.js', import.meta.url));

export interface RunningContender {
  pid: number;
  contender: Contender;
  stop(): Promise<void>;
}

/** @param processes size of a `pool`; the other kinds have one process whatever it says. */
export async function startContender(
  kind: ContenderKind,
  modelDir: string,
  { processes, texts }: { processes: number; texts: readonly string[] },
): Promise<RunningContender> {
  const child = fork(ENTRY, [kind, modelDir, String(processes)], { serialization: 'advanced' });
  const contender = remote<Contender>(processChannel(child));
  await contender.load(texts);
  return {
    pid: child.pid ?? -1,
    contender,
    async stop() {
      await contender.close();
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
