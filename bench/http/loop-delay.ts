/** How late the event loop of a service is, as its metrics say it. */

/** What Prometheus' client measures includes the time between two of its looks. */
const LOOK_EVERY_MS = 10;

/** The 99th percentile since it was last asked for, when it begins anew; null where the server has no metrics. */
export async function loopDelayMs(url: string): Promise<number | null> {
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(await (await fetch(`${url}/metrics`)).text()) ?? [];
  return seconds === undefined ? null : Math.max(0, Number(seconds) * 1_000 - LOOK_EVERY_MS);
}
