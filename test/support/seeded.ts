/** A private copy of the seeded data folder, and the application over it. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { inject } from 'vitest';
import { type Config, loadConfig } from '#dist/config.js';
import { buildApp } from '#dist/http/app.js';
import { createLogger } from '#dist/logger.js';
import { openServices, type Services, UI_DIR } from '#dist/services.js';

export interface TempDir {
  path: string;
  remove(): Promise<void>;
}

export async function tempDir(): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), 'paperkin-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function copySeeded(): Promise<TempDir> {
  const dir = await tempDir();
  await cp(inject('seededDataDir'), dir.path, { recursive: true });
  return dir;
}

export interface SeededApp {
  app: FastifyInstance;
  services: Services;
  config: Config;
  close(): Promise<void>;
}

export async function openSeededApp(env: Record<string, string> = {}): Promise<SeededApp> {
  const dir = await copySeeded();
  const config = loadConfig({ DATA_DIR: dir.path, LOG_LEVEL: 'silent', EMBED_PROCESSES: '1', ...env });
  const services = await openServices(config);
  const app = await buildApp({ config, logger: createLogger(config.logLevel), services, uiDir: UI_DIR });
  return {
    app,
    services,
    config,
    async close() {
      await app.close();
      await services.close();
      await dir.remove();
    },
  };
}
