import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalFailure } from './failure.ts';
import type { TemplateDocument } from './template.ts';

export interface Assembly {
  readonly document: TemplateDocument;
  readonly stackName: string;
  readonly region: string;
  /** Folder of an asset by its object key, as a function's `Code.S3Key` names it. */
  assetFolder(objectKey: string): string | undefined;
}

interface Manifest {
  artifacts: Record<
    string,
    {
      type: string;
      environment?: string;
      properties?: { templateFile?: string; file?: string; stackName?: string };
    }
  >;
}
interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
}

const defaultRegion = 'eu-central-1';

/** Reads a cloud assembly with one stack. */
export function readAssembly(folder: string): Assembly {
  const manifest = readJson<Manifest>(join(folder, 'manifest.json'));
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1)
    throw new LocalFailure(`${folder} holds ${stacks.length} stacks; the local system executes exactly one`);
  const [id, { environment, properties = {} }] = stack;
  const templateFile = join(folder, properties.templateFile ?? '');
  const document = readJson<TemplateDocument>(templateFile);
  if (typeof document.Resources !== 'object' || document.Resources === null)
    throw new LocalFailure(`${templateFile} is not a template: it has no Resources`);

  const folders = new Map<string, string>();
  for (const [, artifact] of artifacts) {
    if (artifact.type !== 'cdk:asset-manifest') continue;
    const { files = {} } = readJson<AssetManifest>(join(folder, artifact.properties?.file ?? ''));
    for (const { source, destinations } of Object.values(files))
      for (const { objectKey } of Object.values(destinations))
        if (source.path !== undefined) folders.set(objectKey, resolve(folder, source.path));
  }
  const region = environment?.split('/').at(-1);
  return {
    document,
    stackName: properties.stackName ?? id,
    region: region === undefined || region === 'unknown-region' ? defaultRegion : region,
    assetFolder: (objectKey) => folders.get(objectKey),
  };
}

function readJson<T>(file: string): T {
  if (!existsSync(file)) throw new LocalFailure(`${file} is missing; is its folder a cloud assembly?`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new LocalFailure(`${file} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
