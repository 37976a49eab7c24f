import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder that lasts for one run of the tests, for what several files need and takes long to make. */
    runFolder: string;
  }
}

export default (project: TestProject) => {
  const made: string[] = [];
  const provide = () => {
    const folder = mkdtempSync(join(tmpdir(), 'evenfield-run-'));
    made.push(folder);
    project.provide('runFolder', folder);
  };
  provide();
  // A rerun follows a change of the sources.
  project.onTestsRerun(provide);
  return () => {
    for (const folder of made) rmSync(folder, { recursive: true });
  };
};
