/** CPU time of a process and all its descendants, which `process.cpuUsage()` does not see. Linux only: it reads /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks a second of /proc/<pid>/stat: 100 on every Linux that Node runs on. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS_A_SECOND = 100;
/** Of a page of memory on x64 and most arm64. */
const PAGE_BYTES = 4_096;

/** Seconds, user and system together, to a hundredth; null where there is no /proc. */
export function cpuSecondsOfTree(root: number): number | null {
  return readTree(root)?.reduce((sum, { seconds }) => sum + seconds, 0) ?? null;
}

/** Resident memory in bytes; pages that processes share count once for each. Null where there is no /proc. */
export function residentBytesOfTree(root: number): number | null {
  return readTree(root)?.reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0) ?? null;
}

interface ProcessState {
  parent: number;
  seconds: number;
  pages: number;
}

/** The process `root` and all below it. */
function readTree(root: number): ProcessState[] | null {
  const processes = readProcesses();
  if (processes === null) return null;
  const tree: ProcessState[] = [];
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const state = processes.get(pid);
    if (state !== undefined) tree.push(state);
    for (const [child, { parent }] of processes) if (parent === pid) waiting.push(child);
  }
  return tree;
}

function readProcesses(): Map<number, ProcessState> | null {
  if (process.platform !== 'linux') return null;
  const processes = new Map<number, ProcessState>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The command in brackets may hold spaces; fields are counted after it: state is 3, ppid 4, utime 14, stime 15, rss 24.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const field = (number: number) => Number(fields[number - 3]);
      processes.set(Number(name), { parent: field(4), seconds: (field(14) + field(15)) / TICKS_A_SECOND, pages: field(24) });
    } catch {
      // It ended while the folder was read.
    }
  }
  return processes;
}
