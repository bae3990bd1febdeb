/** CPU time of children that have ended, theirs included: what `/proc/<pid>/stat` sums up for a parent. Linux only. */
import { readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

/** Seconds, user and system, of all children that have ended and been waited for; 0 where there is no /proc. */
export function childCpuSeconds(): number {
  if (process.platform !== 'linux') return 0;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The command in brackets may hold spaces; fields are counted after it: state is 3, cutime 16, cstime 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}
