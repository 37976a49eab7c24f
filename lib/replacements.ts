import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const source = (name: string) => () =>
  readFileSync(new URL(`./replacements/${name}.ts`, import.meta.url), 'utf8');

/** Of its manifest a client reads nothing but the version. */
const versionOnly = (path: string) => {
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return `export default ${JSON.stringify({ version })}`;
};

/** Modules of the SDK that cannot run in these functions, and what stands in for them. */
const replacements: readonly { module: RegExp; by: (path: string) => string }[] = [
  { module: /\/credential-provider-node\/dist-es\/index\.js$/, by: source('environment-credentials') },
  { module: /\/middleware-endpoint-discovery\/dist-es\/index\.js$/, by: source('no-endpoint-discovery') },
  { module: /\/submodules\/event-streams\/index\.js$/, by: source('no-event-streams') },
  { module: /\/signature-v4\/dist-es\/HeaderFormatter\.js$/, by: source('no-signed-messages') },
  { module: /\/submodules\/client\/emitWarningIfUnsupportedVersion\.js$/, by: source('no-version-warning') },
  { module: /\/checksum\/(sha256\/Sha256|md5\/Md5)Js\.js$/, by: source('no-hash-in-javascript') },
  { module: /\/shared-ini-file-loader\/loadSharedConfigFiles\.js$/, by: source('no-config-files') },
  { module: /\/regionConfig\/getInstanceMetadataRegion\.js$/, by: source('no-instance-metadata') },
  { module: /\/lambda-invoke-store\/dist-es\/invoke-store\.js$/, by: source('no-invoke-store') },
  { module: /\/util-retry\/AdaptiveRetryStrategy\.js$/, by: source('no-adaptive-retry') },
  { module: /\/@aws-sdk\/client-[a-z0-9-]+\/package\.json$/, by: versionOnly },
];

/** Fails the build when one of them finds nothing to replace: the SDK has moved, and so must its pattern. */
export const replaceUnreachable: Plugin = {
  name: 'replace-unreachable',
  setup: ({ onLoad, onEnd }) => {
    const unused = new Set(replacements);
    for (const replacement of replacements)
      onLoad({ filter: replacement.module }, ({ path }) => {
        unused.delete(replacement);
        return { contents: replacement.by(path), loader: 'ts' };
      });
    onEnd(() => ({ errors: [...unused].map(({ module }) => ({ text: `nothing to replace at ${module}` })) }));
  },
};
