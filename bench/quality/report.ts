/** Writes the documents again from result files that are there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseBenchArgs } from '../lib/args.ts';
import { RESULTS_DIR } from '../lib/results.ts';
import {
  writeDiversityReport,
  writeDocumentsReport,
  writeExplainReport,
  writeFoldsReport,
  writeFusionsReport,
  writeHybridReport,
  writeQualityReport,
  writeSeedPagesReport,
  writeStrategiesReport,
} from './report/write-report.ts';

/** By the name of the result file. */
const REPORTS = {
  quality: writeQualityReport,
  'quality-seeds': writeSeedPagesReport,
  hybrid: writeHybridReport,
  fusions: writeFusionsReport,
  folds: writeFoldsReport,
  diversity: writeDiversityReport,
  documents: writeDocumentsReport,
  explain: writeExplainReport,
  strategies: writeStrategiesReport,
};

const options = parseBenchArgs(
  'Tables and plots of docs/quality.md, and the tables of the model card, from bench/results.',
  z.object({
    results: z.string().optional().describe('folder of the result files instead of bench/results'),
    docs: z.string().optional().describe('folder of quality.md instead of docs'),
    root: z.string().optional().describe('folder that model folders are seen from instead of the package'),
  }),
);

for (const [name, write] of Object.entries(REPORTS)) {
  if (existsSync(join(options.results ?? RESULTS_DIR, `${name}.json`))) await write(options);
}
