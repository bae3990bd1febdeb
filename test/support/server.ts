/** `paperkin serve` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type Client, createClient } from '@paperkin/client';
import { infoSchema } from '#dist/http/schemas.js';
import { MAIN } from './cli.ts';

export interface Server {
  child: ChildProcess;
  url: string;
  /** Asks it; what is refused is not asked again. */
  client: Client;
  /** Everything it wrote to stderr on the way to its first answer. */
  steps: string;
  /** Everything it wrote to stdout so far. */
  log(): string;
}

const running: ChildProcess[] = [];

/** On a free port; rejects with what it said when it ends before it serves. */
export async function startServer(dataDir: string, extra: Record<string, string> = {}): Promise<Server> {
  const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'info', EMBED_PROCESSES: '1', ...extra };
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let log = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  let steps = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${steps}`)));
    child.stderr?.on('data', (chunk: Buffer) => {
      steps += chunk.toString();
      const match = /serving \d+ papers on (http:\S+),/.exec(steps);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
  return { child, url, client: createClient({ baseUrl: url, maxRetryAfterS: -1 }), steps, log: () => log };
}

export async function endServer({ child }: Server, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = await exit;
  return code as number | null;
}

/** For `afterEach`: none outlives its test. */
export async function killServers(): Promise<void> {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

export const infoOf = async (url: string) => infoSchema.parse(await (await fetch(`${url}/v1/info`)).json());

/** Pids of a process's children whose command line holds `part`. */
export function childrenOf(pid: number | undefined, part: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
        return Number(parent) === pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(part);
      } catch (error) {
        // It has ended between the two looks.
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false;
        throw error;
      }
    })
    .map(Number);
}
