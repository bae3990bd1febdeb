/** The command line as a user runs it: a process, its output and its exit code. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { z } from 'zod';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  dataDir: string;
  input?: string;
  env?: Record<string, string>;
}

export function runCli(args: readonly string[], { dataDir, input = '', env = {} }: RunOptions): Promise<Run> {
  const all = { ...process.env, DATA_DIR: dataDir, EMBED_PROCESSES: '1', ...env };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { env: all }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

export const jsonOf = (text: string): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(JSON.parse(text));

/** Exit code 2 and words on what is wrong, without an answer and without a stack trace. */
export function expectWrongUse({ code, stdout, stderr }: Run): void {
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
  expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
}
