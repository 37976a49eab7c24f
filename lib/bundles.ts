import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { environments, type FunctionName } from '#lambdas/env.ts';
import { ownSourceMaps } from './own-source-maps.ts';
import { replaceUnreachable } from './replacements.ts';
import { buildWebFiles } from './web-files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = Object.keys(environments) as FunctionName[];

export interface Bundles {
  /** Folder that holds the function's `index.mjs` and its source map. */
  readonly folderOf: (name: FunctionName) => string;
  readonly metafile: Metafile;
}

/**
 * All functions in one build, written below `outdir`. The same sources give the same bytes wherever
 * `outdir` is, so that a deployment uploads only what changed.
 */
export const bundleFunctions = async (
  outdir: string,
  madePages: Readonly<Record<string, string>> = {},
): Promise<Bundles> => {
  const target = join(root, 'bundles');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: `lambdas/${name}.ts`, out: `${name}/index` })),
    outdir: target,
    // Paths in the source maps are relative to the output: written by hand, they do not depend on outdir.
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    plugins: [replaceUnreachable, ownSourceMaps],
  });
  for (const { path, contents } of outputFiles) {
    const file = join(outdir, 'bundles', relative(target, path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  await buildWebFiles(join(outdir, 'bundles', 'pages', 'web'), madePages);
  return { folderOf: (name) => join(outdir, 'bundles', name), metafile };
};
