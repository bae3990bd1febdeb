/** Every fault, in the order in which they are tried. */
import { clockBack } from './clock-back.ts';
import { cutFiles } from './cut-files.ts';
import { damagedUnderServe } from './damaged-under-serve.ts';
import { diskFull } from './disk-full.ts';
import { embedHung } from './embed-hung.ts';
import { embedKilled } from './embed-killed.ts';
import type { Fault } from './fault.ts';
import { flippedBits } from './flipped-bits.ts';
import { killCutover } from './kill-cutover.ts';
import { killImport } from './kill-import.ts';
import { killJob } from './kill-job.ts';
import { killMigrate } from './kill-migrate.ts';
import { killReindex } from './kill-reindex.ts';
import { killServe } from './kill-serve.ts';
import { killStartAndStop } from './kill-start-and-stop.ts';
import { missingModel } from './missing-model.ts';
import { newerSchema } from './newer-schema.ts';
import { readOnly } from './read-only.ts';

export const FAULTS: readonly Fault[] = [
  killServe,
  killStartAndStop,
  killImport,
  killReindex,
  killJob,
  killMigrate,
  killCutover,
  cutFiles,
  flippedBits,
  damagedUnderServe,
  diskFull,
  readOnly,
  newerSchema,
  missingModel,
  clockBack,
  embedKilled,
  embedHung,
];
