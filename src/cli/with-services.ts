import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { hasDatabase, type OpenOptions, openServices, type Services } from '../services.ts';

/** Opens the services for one command and closes them whatever happens. */
export async function withServices<T>(
  config: Config,
  options: OpenOptions & { processes?: number },
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const services = await openServices({ ...config, embedProcesses: options.processes ?? config.embedProcesses }, options);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

/** @throws AppError `invalid_input` for a command that only reads, when there is nothing to read. */
export function requireDatabase(config: Config): void {
  if (hasDatabase(config)) return;
  throw new AppError(
    'invalid_input',
    `${config.dataDir} holds no papers yet: "paperkin serve" loads the bundled corpus on its first start, "paperkin import FILE" your own`,
  );
}
