import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { FunctionName } from '#lambdas/env.ts';
import { bundleFunctions } from '#lib/bundles.ts';
import { startReaper } from '#local/reaper.ts';

export interface Builds {
  /** Folder with the deployed `index.mjs` of a function. */
  folderOf(name: FunctionName): string;
  /** Module with the SDK's client alone. */
  sdkOnly: string;
  remove(): Promise<void>;
}

/**
 * The functions as they are deployed, and the client alone with the same options but nothing replaced.
 * The latter has no source map, which is what Node reads at every start: the stricter comparison.
 */
export const buildAll = async (): Promise<Builds> => {
  const folder = mkdtempSync(join(tmpdir(), 'evenfield-bundles-'));
  const { stop: remove } = startReaper(folder);
  const { folderOf } = await bundleFunctions(folder);
  const sdkOnly = join(folder, 'sdk-only.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./sdk-only.ts', import.meta.url))],
    outfile: sdkOnly,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return { folderOf, sdkOnly, remove };
};
