/** The process for one job. It ends when the job has, when it is told to, or when its parent has gone. */
import { once } from 'node:events';
import { openJobHost } from './job-host.ts';
import type { JobAssignment } from './job-process-handle.ts';
import { executeJob } from './jobs/execute-job.ts';
import { requireJob } from './jobs/known-job.ts';

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort(new Error('the service is stopping')));
// A terminal's Ctrl-C reaches the whole group: the parent decides.
process.on('SIGINT', () => undefined);
// Without its parent nobody holds the writer lock: not one more write.
process.once('disconnect', () => process.exit(1));

// The other end is `startJobProcess`: the shape of the message is known.
const [{ config, jobId }] = (await once(process, 'message')) as [JobAssignment];
const host = await openJobHost(config, { lock: false });
await executeJob(await requireJob(host.jobs, jobId), { ...host, signal: stopping.signal });
await host.close();
process.exit(0);
