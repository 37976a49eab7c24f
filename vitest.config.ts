import { defineConfig } from 'vitest/config';
import { compileCache } from './local/synthesis.ts';

// Every file runs in a process of its own: the CDK and the engines load in half the time with their compiled code kept.
process.env.NODE_COMPILE_CACHE ??= compileCache;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/infra/run-folder.ts'],
    // Every integration file starts engines of its own: two at a time is what two cores carry.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
});
