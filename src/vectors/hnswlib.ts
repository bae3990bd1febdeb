/**
 * hnswlib-node, in the build for this processor. npm compiles it without vector instructions; `binding.gyp` compiles the same source
 * twice more with them. Files and answers are those of any build, but for the last bits of distances.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import portable from 'hnswlib-node';

/** Instructions that a build needs, as Linux names them, fastest first. */
const BUILDS = [
  { name: 'hnswlib_avx512', flags: ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx2', 'fma'] },
  { name: 'hnswlib_avx2', flags: ['avx2', 'fma'] },
] as const;

export type HnswlibBuild = (typeof BUILDS)[number]['name'] | 'portable';

/** Builds that are there and run on this processor, fastest first. */
export const hnswlibBuilds = new Map<HnswlibBuild, typeof portable>([...fastBuilds(), ['portable', portable]]);

const [fastest = portable] = hnswlibBuilds.values();
export const hnswlib = fastest;

function* fastBuilds(): Generator<[HnswlibBuild, typeof portable]> {
  const flags = processorFlags();
  const require = createRequire(import.meta.url);
  for (const build of BUILDS) {
    // Loading one that the processor does not run would end the process.
    if (!build.flags.every((flag) => flags.has(flag))) continue;
    const file = `../../build/Release/${build.name}.node`;
    if (isThere(require, file)) yield [build.name, require(file) as typeof portable];
  }
}

function isThere(require: NodeJS.Require, file: string): boolean {
  try {
    require.resolve(file);
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
