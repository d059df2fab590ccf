import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  cacheDir: '../../node_modules/.vite/js',
  test: {
    include: ['*.test.ts'],
    testTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    // Every model has threads of its own.
    fileParallelism: false,
    // What is published runs as it is, without a bundler.
    server: { deps: { external: [/\/(dist|build\/modules)\//] } },
  },
});
