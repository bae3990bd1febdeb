/** Waiting for what a service does by itself. */
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 180_000;

/** @throws Error that says what was waited for in vain. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + LIMIT_MS; performance.now() < deadline; await sleep(100)) {
    if (await holds()) return;
  }
  throw new Error(`waited ${LIMIT_MS} ms in vain until ${what}`);
}
