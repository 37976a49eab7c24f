import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

const source = (name: string) => () =>
  readFileSync(new URL(`./replacements/${name}.ts`, import.meta.url), 'utf8');

/** Of its manifest a client reads nothing but the version. */
const versionOnly = (path: string) => {
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return `export default ${JSON.stringify({ version })}`;
};

/** Of a client's service, with the name in its addresses. */
const regionalEndpoint = (path: string) => {
  const service = /client-([a-z0-9-]+)/.exec(path)?.[1];
  return `${source('regional-endpoint')()}
export const defaultEndpointResolver = regionalEndpoint('${service}');`;
};

/**
 * The exceptions of a client, each made by one line instead of ten: what they carry is assigned by the client from
 * its schema in any case.
 */
const briefErrors = (path: string) => {
  const text = readFileSync(path, 'utf8');
  const [, base] = /import \{ (\w+) as __BaseException \}/.exec(text) ?? [];
  const classes = [...text.matchAll(/static shapeId = "([^#]+)#(\w+)"[^}]*?\$fault = "(client|server)"/g)];
  if (!base || classes.length !== text.split('export class ').length - 1)
    throw new Error(`the exceptions in ${path} are written in another way`);
  return `import { ${base} } from './${base}';
const made = (name, fault) => class extends ${base} {
  static shapeId = '${classes[0]?.[1]}#' + name;
  constructor(options) {
    super({ name, $fault: fault ?? 'client', ...options });
    Object.setPrototypeOf(this, new.target.prototype);
  }
};
${classes.map(([, , name, fault]) => `export const ${name} = /* @__PURE__ */ made('${name}'${fault === 'server' ? ", 'server'" : ''});`).join('\n')}`;
};

/** The table of the world's regions without the regions: each partition says by a rule which are its own. */
const partitionsByRule = (path: string) => {
  const text = readFileSync(path, 'utf8').replace('export const partitionsInfo = ', '').replace(/;\s*$/, '');
  const { partitions, version } = JSON.parse(text) as { partitions: object[]; version: string };
  const ruled = partitions.map((partition) => ({ ...partition, regions: {} }));
  return `export const partitionsInfo = ${JSON.stringify({ partitions: ruled, version })}`;
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
  {
    module:
      /\/(middleware-user-agent\/(user-agent-middleware|configurations)|util-user-agent-node\/defaultUserAgent)\.js$/,
    by: source('no-user-agent'),
  },
  { module: /\/lambda-invoke-store\/dist-es\/invoke-store\.js$/, by: source('no-invoke-store') },
  {
    module: /\/(middleware-logger\/loggerMiddleware|smithy-client\/schemaLogFilter)\.js$/,
    by: source('no-sdk-logger'),
  },
  { module: /\/defaults-mode\/resolveDefaultsModeConfig\.js$/, by: source('legacy-defaults') },
  { module: /\/util-retry\/AdaptiveRetryStrategy\.js$/, by: source('no-adaptive-retry') },
  { module: /\/@aws-sdk\/client-[a-z0-9-]+\/package\.json$/, by: versionOnly },
  { module: /\/client-(dynamodb|sqs)\/dist-es\/endpoint\/endpointResolver\.js$/, by: regionalEndpoint },
  { module: /\/serde\/date-utils\.js$/, by: source('plain-dates') },
  { module: /\/util-endpoints\/lib\/aws\/partitions\.js$/, by: partitionsByRule },
  { module: /\/client-(dynamodb|sqs)\/dist-es\/models\/errors\.js$/, by: briefErrors },
];

/** Fails the build when one of them finds nothing to replace: the SDK has moved, and so must its pattern. */
export const replaceUnreachable: Plugin = {
  name: 'replace-unreachable',
  setup: ({ onLoad, onEnd }) => {
    const unused = new Set(replacements);
    for (const replacement of replacements)
      onLoad({ filter: replacement.module }, ({ path }) => {
        unused.delete(replacement);
        return { contents: replacement.by(path), loader: 'ts', resolveDir: dirname(path) };
      });
    onEnd(() => ({ errors: [...unused].map(({ module }) => ({ text: `nothing to replace at ${module}` })) }));
  },
};
