// Compiles the native encoder with npm's own node-gyp. Where that fails the service embeds with onnxruntime: nothing here fails an
// install. `--if-needed` does nothing where the addon is newer than its sources.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const addon = join(root, 'build/Release/paperkin_encoder.node');

if (!process.argv.includes('--if-needed') || !existsSync(addon) || statSync(addon).mtimeMs < newestSource()) build();

function newestSource() {
  const files = readdirSync(join(root, 'native')).map((name) => join(root, 'native', name));
  return Math.max(...[join(root, 'binding.gyp'), ...files].map((file) => statSync(file).mtimeMs));
}

function build() {
  const gyp = process.env['npm_config_node_gyp'];
  if (gyp === undefined) return skip('run it as "npm run build:native"');
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [gyp, 'rebuild', '--silent', ...headers()], {
    cwd: root,
    encoding: 'utf8',
  });
  if (error !== undefined || status !== 0) skip(error?.message ?? `${stdout}${stderr}`.trim());
}

/** Headers that came with this Node, so that none are fetched. */
function headers() {
  const prefix = dirname(dirname(process.execPath));
  if (process.env['npm_config_nodedir'] !== undefined || !existsSync(join(prefix, 'include/node/node_api.h'))) return [];
  return [`--nodedir=${prefix}`];
}

function skip(reason) {
  console.error(`paperkin: the native encoder was not built, onnxruntime embeds instead, at half the speed:\n${reason}`);
}
