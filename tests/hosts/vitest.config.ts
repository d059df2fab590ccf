import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  cacheDir: '../../node_modules/.vite/hosts',
  test: {
    include: ['*.test.ts'],
    globalSetup: 'setup.ts',
    // Each installs and builds.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
