import { defineConfig } from 'vitest/config';
import { compileCache } from './local/synthesis.ts';

// Every file runs in a process of its own: the CDK and the engines load in half the time with their compiled code kept.
process.env.NODE_COMPILE_CACHE ??= compileCache;

const unit = 'test/unit/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/infra/run-folder.ts'],
    // Every integration file starts engines of its own: two at a time is what two cores carry.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    projects: [
      // Functions of their arguments: nothing of one file is left for the next, and a process for each costs a fifth.
      { extends: true, test: { name: 'unit', include: [unit], isolate: false } },
      { extends: true, test: { name: 'system', include: ['test/**/*.test.ts'], exclude: [unit] } },
    ],
  },
});
