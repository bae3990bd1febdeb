// A short run of the faults, as `npm run test:faults` tries them.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/faults/main.js', import.meta.url));
/** A minute where nothing else runs. */
const LIMIT_MS = 400_000;

it(
  'loses nothing, whatever happens to it',
  async () => {
    const { error, output } = await new Promise<{ error: Error | null; output: string }>((resolve) => {
      execFile(process.execPath, [MAIN], (failed, stdout, stderr) => resolve({ error: failed, output: stderr + stdout }));
    });
    process.stdout.write(output);
    expect(error, output).toBeNull();
  },
  LIMIT_MS,
);
