import type { Fault } from './fault.ts';
import { DAMAGED_FILES, flip, tryDamage } from './rig/damaged-generations.ts';

export const flippedBits: Fault = {
  name: 'flipped-bits',
  what: 'a bit of every file of a generation flipped: noticed and named, never served, the one before it or nothing is',
  times: { short: 8 * DAMAGED_FILES, full: 256 * DAMAGED_FILES },
  limitS: { short: 120, full: 2_700 },
  run: (trial) => tryDamage(trial, flip),
};
