/** Starts the two servers, each a process of its own. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { say } from '../lib/progress.ts';

export interface RunningServer {
  /** `http://host:port`. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const MAIN = join(PACKAGE_ROOT, 'dist/cli/main.js');
const BARE = fileURLToPath(new URL('./bare-server.js', import.meta.url));
const SERVING = /serving \d+ papers on (http:\/\/\S+?),? /;

/** The product as its users start it, on a free port; its request log goes to /dev/null. */
export async function startProduct(
  dataDir: string,
  { model, logLevel }: { model: string; logLevel: string },
): Promise<RunningServer> {
  const env = { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, MODEL: model, LOG_LEVEL: logLevel };
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it served`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      say(`  ${line}`);
      const address = SERVING.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  return { url, pid: child.pid ?? -1, stop: () => stopped(child, () => child.kill('SIGTERM')) };
}

/** @param bodyFile the bytes that it answers every request with. */
export async function startBare(bodyFile: string): Promise<RunningServer> {
  const child = fork(BARE, [bodyFile], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [url] = z.tuple([z.string()]).parse((await once(child, 'message')).slice(0, 1));
  return { url, pid: child.pid ?? -1, stop: () => stopped(child, () => child.disconnect()) };
}

async function stopped(child: ChildProcess, stop: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  stop();
  await exit;
}
