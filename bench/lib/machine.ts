import { availableParallelism, cpus, totalmem } from 'node:os';
import { nativeKernels } from '#dist/embed/native-encoder.js';

/** Where a figure was measured; a figure without it says nothing. */
export interface Machine {
  cpu: string;
  /** The vector instructions that the encoder uses: processors of one name differ in them. */
  vectors: string;
  /** Cores this process may use. */
  cores: number;
  /** GiB, rounded. */
  memoryGiB: number;
  node: string;
  platform: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    vectors: fastestVectors(),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

function fastestVectors(): string {
  try {
    return nativeKernels()[0] ?? 'portable';
  } catch {
    return 'no native encoder';
  }
}

/** One line: CPU model, vector instructions, cores, memory, Node version, date. */
export function machineLine({ cpu, vectors, cores, memoryGiB, node, platform }: Machine, date: string): string {
  return `${cpu} (${vectors}), ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${platform}, ${date}`;
}
