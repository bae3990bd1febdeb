import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // What is tested is what ships: the compiled files, with their own threads and processes.
    server: { deps: { external: [/\/dist\//] } },
    // Most files wait for processes of their own as often as they compute: two at a time, on however many cores.
    maxWorkers: 2,
    // Jobs have the lowest priority: beside another file they take their time.
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
