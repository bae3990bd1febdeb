import type { Fault } from './fault.ts';
import { cut, DAMAGED_FILES, tryDamage } from './rig/damaged-generations.ts';

export const cutFiles: Fault = {
  name: 'cut-files',
  what: 'every file of a generation cut short: noticed and named, never served, the one before it or nothing is',
  times: { short: 4 * DAMAGED_FILES, full: 64 * DAMAGED_FILES },
  limitS: { short: 120, full: 1_800 },
  run: (trial) => tryDamage(trial, cut),
};
