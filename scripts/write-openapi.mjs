// Writes docs/openapi.json from the routes; a test fails when it is stale.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../dist/config.js';
import { buildApp } from '../dist/http/app.js';
import { createLogger } from '../dist/logger.js';
import { openServices, UI_DIR } from '../dist/services.js';

const dataDir = mkdtempSync(join(tmpdir(), 'paperkin-openapi-'));
const config = loadConfig({ DATA_DIR: dataDir, EMBED_PROCESSES: '1' });
const services = await openServices(config);
const app = await buildApp({ config, services, logger: createLogger('silent'), uiDir: UI_DIR });
await app.ready();
writeFileSync(new URL('../docs/openapi.json', import.meta.url), `${JSON.stringify(app.swagger(), null, 2)}\n`);
await app.close();
await services.close();
rmSync(dataDir, { recursive: true });
