/** The service's log: pino, JSON lines, one logger made at the edge and handed down. */
import { type Logger, pino } from 'pino';

export type { Logger };

/** `level` is a pino level or `silent`. Lines go to stderr where `stderr` is true, so that stdout stays data. */
export function createLogger(level: string, options: { stderr?: boolean } = {}): Logger {
  return pino({ level, base: null }, pino.destination({ dest: options.stderr === true ? 2 : 1, sync: false }));
}
