import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { type Bundles, bundleFunctions } from '#lib/bundles.ts';
import { buildWebFiles } from '#lib/web-files.ts';

const pollMs = 50;

/**
 * As `bundleFunctions`, which takes seconds, but with one build of the functions for all files of a run. The pages
 * differ between stages and are made for each.
 */
export const sharedBundles: typeof bundleFunctions = async (outdir, madePages): Promise<Bundles> => {
  const shared = join(inject('runFolder'), 'functions');
  await buildOnce(shared);
  const pages = join(outdir, 'bundles', 'pages');
  for (const name of ['index.mjs', 'index.mjs.map'])
    cpSync(join(shared, 'bundles', 'pages', name), join(pages, name), { recursive: true });
  await buildWebFiles(join(pages, 'web'), madePages);
  return {
    folderOf: (name) => (name === 'pages' ? pages : join(shared, 'bundles', name)),
    metafile: JSON.parse(readFileSync(join(shared, 'metafile.json'), 'utf8')),
  };
};

/** By the first that comes, in whichever process; the metafile is there when all is. */
const buildOnce = async (shared: string): Promise<void> => {
  while (!existsSync(join(shared, 'metafile.json'))) {
    if (!isFirst(shared)) {
      await delay(pollMs);
      continue;
    }
    try {
      const { metafile } = await bundleFunctions(shared);
      writeFileSync(join(shared, 'metafile.json'), JSON.stringify(metafile));
    } catch (error) {
      // Whoever waits tries it too, and says so for its own file.
      rmSync(shared, { recursive: true });
      throw error;
    }
  }
};

const isFirst = (folder: string): boolean => {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};
