/** Chromium for the tests: Debian's, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** False where there is no browser to drive; a machine with CI set must have one. */
export const hasBrowser = existsSync(EXECUTABLE);
if (!hasBrowser && process.env['CI'] === undefined) console.warn(`no browser at ${EXECUTABLE}: the page's tests are skipped`);

/** Starts without any request of its own: the machine may have no way out. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
