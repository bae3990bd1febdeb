import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // What is tested is what ships: the compiled files, with their own threads and processes.
    server: { deps: { external: [/\/dist\//] } },
    // Two cores and an embedding process in most files: one file at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
