/**
 * hnswlib-node, in the build for this processor. npm compiles it without vector instructions; `binding.gyp` compiles the same source
 * twice more with them. Files and answers are those of any build, but for the last bits of distances.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type hnswlibNode from 'hnswlib-node';

export type Hnswlib = typeof hnswlibNode;

const require = createRequire(import.meta.url);
/** Instructions that a build needs, as Linux names them, fastest first. */
const BUILDS = [
  { name: 'hnswlib_avx512', flags: ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx2', 'fma'] },
  { name: 'hnswlib_avx2', flags: ['avx2', 'fma'] },
] as const;

export type HnswlibBuild = (typeof BUILDS)[number]['name'] | 'portable';

/** Builds that are there and run on this processor, fastest first; `portable` is npm's own. */
export function hnswlibBuilds(): HnswlibBuild[] {
  const flags = processorFlags();
  // Loading one that the processor does not run would end the process.
  const fast = BUILDS.filter((build) => build.flags.every((flag) => flags.has(flag)) && isThere(build.name));
  return [...fast.map(({ name }) => name), 'portable'];
}

export function loadHnswlib(build: HnswlibBuild): Hnswlib {
  return require(fileOf(build)) as Hnswlib;
}

const [fastest = 'portable'] = hnswlibBuilds();
export const hnswlib = loadHnswlib(fastest);

function fileOf(build: HnswlibBuild): string {
  return build === 'portable' ? 'hnswlib-node' : `../../build/Release/${build}.node`;
}

function isThere(build: HnswlibBuild): boolean {
  try {
    require.resolve(fileOf(build));
    return true;
  } catch {
    // Not compiled here: npm's own build does.
    return false;
  }
}

/** None where the system does not say. */
function processorFlags(): Set<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return new Set();
  const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
  return new Set(flags.trim().split(' '));
}
