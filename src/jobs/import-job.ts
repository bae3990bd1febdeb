/** Files into the store, and a vector for every new text. A batch that was stored is passed over after a crash. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import type { JobReject } from '../papers/job-store.ts';
import { readFiles, STDIN } from '../seeds/read-files.ts';
import type { SeedRecord } from '../seeds/seed-record.ts';
import { embedStep } from './embed-step.ts';
import { type ImportReport, importPapers } from './import-papers.ts';
import type { ImportParams } from './job-params.ts';
import type { JobRun } from './job-tools.ts';
import { removeUploads } from './uploads.ts';

/** Records that are dealt with, stored or refused, and what became of them; of files that were `files` then. */
const cursorSchema = z.object({
  files: z.string(),
  records: z.int(),
  counts: z.object({ new: z.int(), changed: z.int(), unchanged: z.int(), rejected: z.int() }),
});

export async function runImport(run: JobRun<ImportParams>) {
  const { store, params, signal } = run;
  const files = await describeFiles(params.files);
  // What comes on standard input is never what came before.
  const left = run.cursor === null || params.files.includes(STDIN) ? undefined : cursorSchema.parse(run.cursor);
  // A file that is another one now is read from its beginning: what was stored already is unchanged then.
  const before = left?.files === files ? left : undefined;
  const passed = before?.records ?? 0;
  const earlier = before?.counts ?? { new: 0, changed: 0, unchanged: 0, rejected: 0 };
  const records = await readFiles(params.files, { format: params.format, stdin: run.stdin });

  let refused: JobReject[] = [];
  let cursor = { files, records: passed, counts: earlier };
  const keep = async (counts: ImportReport) => {
    const total = add(earlier, counts);
    cursor = { files, records: passed + counts.new + counts.changed + counts.unchanged + counts.rejected, counts: total };
    await run.refuse(refused);
    refused = [];
    await run.note({ step: 'reading', done: cursor.records }, cursor);
  };
  const counts = await importPapers(store, skip(records, passed), {
    signal,
    onReject: ({ file, line, message }) => refused.push({ file: params.upload ? 'upload' : file, line, message }),
    onProgress: keep,
  });
  await keep(counts);

  const { embedded, tokens } = await embedStep(run, await run.embedder(), cursor);
  if (params.upload) await removeUploads(params.files);
  return { ...cursor.counts, embedded, tokens };
}

/** Sizes and times: enough to see that a file was written anew. */
async function describeFiles(files: readonly string[]): Promise<string> {
  const parts = files.map(async (file) => {
    if (file === STDIN || !existsSync(file)) return file;
    const { size, mtimeMs } = await stat(file);
    return `${file} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(parts)).join('\n');
}

function add(a: ImportReport, b: ImportReport): ImportReport {
  return {
    new: a.new + b.new,
    changed: a.changed + b.changed,
    unchanged: a.unchanged + b.unchanged,
    rejected: a.rejected + b.rejected,
  };
}

async function* skip(records: AsyncIterable<SeedRecord>, count: number): AsyncGenerator<SeedRecord> {
  let left = count;
  for await (const record of records) {
    if (left > 0) left--;
    else yield record;
  }
}
