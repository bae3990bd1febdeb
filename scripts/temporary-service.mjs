// A real service over the seed corpus, on a free port and in a data folder of its own that goes when it ends.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/**
 * @param {Record<string, string>} settings environment variables.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>} when it serves.
 */
export async function startTemporaryService(settings = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'paperkin-'));
  const env = { ...process.env, PORT: '0', LOG_LEVEL: 'warn', ...settings, DATA_DIR: dataDir };
  const service = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => service.once('exit', resolve));
  const stop = async () => {
    service.kill();
    await ended;
    rmSync(dataDir, { recursive: true });
  };
  try {
    return { url: await addressOf(service), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where it serves, as it says itself. */
function addressOf(service) {
  return new Promise((resolve, reject) => {
    let said = '';
    service.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${said}`)));
    service.stderr.on('data', (chunk) => {
      said += chunk;
      const [, url] = /serving \d+ papers on (http:\S+),/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}
