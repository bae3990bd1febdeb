// Builds when a source is newer than the last build, so that a second start has nothing to do. `--mark` records a build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}dist/.built`;

if (process.argv.includes('--mark')) {
  writeFileSync(stamp, new Date().toISOString());
} else if (
  !existsSync(stamp) ||
  newest(['src', 'ui', 'clients/typescript/src', 'native', 'binding.gyp', 'tsconfig.json', 'package.json']) >
    statSync(stamp).mtimeMs
) {
  if (existsSync(`${root}src`)) {
    console.error('paperkin: building');
    const { status } = spawnSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
    process.exitCode = status ?? 1;
  }
}

/** Time of the latest change under any of the paths, ms. */
function newest(paths) {
  return Math.max(
    ...paths.map((path) => {
      const full = `${root}${path}`;
      const { mtimeMs } = statSync(full);
      if (!statSync(full).isDirectory()) return mtimeMs;
      return Math.max(mtimeMs, ...readdirSync(full, { recursive: true }).map((name) => statSync(`${full}/${name}`).mtimeMs));
    }),
  );
}
