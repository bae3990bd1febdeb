import { availableParallelism, cpus, totalmem } from 'node:os';

/** Where a figure was measured; a figure without it says nothing. */
export interface Machine {
  cpu: string;
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
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** One line: CPU model, cores, memory, Node version, date. */
export function machineLine({ cpu, cores, memoryGiB, node, platform }: Machine, date: string): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, ${platform}, ${date}`;
}
