import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Each with the scripts and the style that it names. */
const pages = [{ page: 'web/challenge/challenge.html', address: 'driver/challenge' }] as const;
const assets = [
  'web/challenge/challenge.ts',
  'web/challenge/work-worker.ts',
  'web/challenge/challenge.css',
  'web/privacy/privacy.css',
];
const assetsAddress = 'driver/assets';

const write = (file: string, contents: Uint8Array): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
  writeFileSync(`${file}.br`, brotliCompressSync(contents));
};

/**
 * The pages and their assets below `folder`, laid out as their addresses, each also compressed. An asset has its
 * content's hash in its name.
 */
export const buildWebFiles = async (
  folder: string,
  /** Pages that are made from the configuration, by address. */
  made: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const target = join(root, 'web-files');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: assets,
    entryNames: '[name]-[hash]',
    outdir: target,
    write: false,
    bundle: true,
    platform: 'browser',
    // Web views of phones that still get updates.
    target: ['chrome90', 'safari15'],
    format: 'esm',
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const addresses = new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint = '' }]) => [
      entryPoint.slice(entryPoint.lastIndexOf('/') + 1),
      `/${assetsAddress}/${relative('web-files', path)}`,
    ]),
  );
  for (const { path, contents } of outputFiles)
    write(join(folder, assetsAddress, relative(target, path)), contents);
  const sources = [
    ...pages.map(({ page, address }) => [address, readFileSync(join(root, page), 'utf8')] as const),
    ...Object.entries(made),
  ];
  for (const [address, html] of sources) {
    const linked = html.replace(
      /(?<= (?:src|href|data-worker)=")[\w.-]+(?=")/g,
      (name) => addresses.get(name) ?? fail(address, name),
    );
    write(join(folder, address), Buffer.from(linked));
  }
};

const fail = (page: string, name: string): never => {
  throw new Error(`${page} names ${name}, which is not built`);
};
