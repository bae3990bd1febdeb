/** Writes the documents again from result files that are there. */
import { z } from 'zod';
import { parseBenchArgs } from '../lib/args.ts';
import { writeDiversityReport, writeFusionsReport, writeQualityReport, writeSeedPagesReport } from './report/write-report.ts';

const options = parseBenchArgs(
  'Tables and plots of docs/quality.md, and the tables of the model card, from bench/results.',
  z.object({
    results: z.string().optional().describe('folder of the result files instead of bench/results'),
    docs: z.string().optional().describe('folder of quality.md instead of docs'),
    root: z.string().optional().describe('folder that model folders are seen from instead of the package'),
  }),
);

await writeQualityReport(options);
await writeSeedPagesReport(options);
await writeFusionsReport(options);
await writeDiversityReport(options);
