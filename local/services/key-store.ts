import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalFailure } from '../failure.ts';
import { isJsonObject, type JsonObject } from './aws-json-server.ts';
import type { ResolvedResource } from './types.ts';

/** One AWS::KMS::Key of the template with its material. */
export type StoredKey = {
  /** In the form of a UUID. */
  readonly keyId: string;
  readonly arn: string;
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
} & (
  | { readonly spec: 'SYMMETRIC_DEFAULT'; readonly usage: 'ENCRYPT_DECRYPT'; readonly material: Buffer }
  | { readonly spec: 'ECC_NIST_P256'; readonly usage: 'SIGN_VERIFY'; readonly material: KeyObject }
);

export interface KeyStore {
  readonly keys: readonly StoredKey[];
  /** Key ids by alias name, which begins with `alias/`. */
  readonly aliases: ReadonlyMap<string, string>;
}

interface KeptKey {
  readonly spec: StoredKey['spec'];
  /** Base64: 32 bytes of a symmetric key, PKCS #8 of a private one. */
  readonly material: string;
  readonly createdAt: number;
}

const note =
  'Key material of the local stand-in for AWS KMS, in the clear: whoever reads this file reads what these keys encrypt and signs as they sign. No key of any AWS account is here.';

/** What each spec is for; CloudFormation's defaults are the first of both. */
const usageOf = { SYMMETRIC_DEFAULT: 'ENCRYPT_DECRYPT', ECC_NIST_P256: 'SIGN_VERIFY' } as const;

/**
 * The template's keys and aliases. Material is drawn once and, with a data folder, kept in a file that only its
 * owner reads; a key whose spec changes in the template is another key, as in CloudFormation.
 */
export function openKeyStore(resources: readonly ResolvedResource[], data?: string): KeyStore {
  const file = data === undefined ? undefined : join(data, 'key-management.json');
  const kept = readKept(file);
  const current = resources
    .filter(({ type }) => type === 'AWS::KMS::Key')
    .map((resource) => ({ resource, key: keptOrNew(resource, kept[resource.physicalId]) }));
  if (file !== undefined && current.length > 0) {
    const keys = Object.fromEntries(current.map(({ resource, key }) => [resource.physicalId, key]));
    writeOwnerOnly(file, JSON.stringify({ note, keys: { ...kept, ...keys } }));
  }
  return {
    keys: current.map(({ resource, key }) => storedKey(resource, key)),
    aliases: aliasesIn(resources),
  };
}

function keptOrNew({ logicalId, properties }: ResolvedResource, kept: KeptKey | undefined): KeptKey {
  const { KeySpec: spec = 'SYMMETRIC_DEFAULT', KeyUsage: usage = 'ENCRYPT_DECRYPT' } = properties;
  if ((spec !== 'SYMMETRIC_DEFAULT' && spec !== 'ECC_NIST_P256') || usage !== usageOf[spec])
    throw new LocalFailure(
      `${logicalId}: this machine has no AWS::KMS::Key of spec ${String(spec)} for ${String(usage)}; ` +
        'SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT and ECC_NIST_P256 for SIGN_VERIFY it has',
    );
  if (kept?.spec === spec) return kept;
  const material =
    spec === 'SYMMETRIC_DEFAULT'
      ? randomBytes(32)
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          format: 'der',
          type: 'pkcs8',
        });
  return { spec, material: material.toString('base64'), createdAt: Date.now() };
}

function storedKey({ physicalId, attributes, properties }: ResolvedResource, kept: KeptKey): StoredKey {
  const { spec, createdAt } = kept;
  const description = typeof properties.Description === 'string' ? properties.Description : '';
  const named = { keyId: physicalId, arn: attributes.Arn ?? '', description, createdAt };
  const bytes = Buffer.from(kept.material, 'base64');
  return spec === 'SYMMETRIC_DEFAULT'
    ? { ...named, spec, usage: usageOf[spec], material: bytes }
    : {
        ...named,
        spec,
        usage: usageOf[spec],
        material: createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }),
      };
}

/** An alias names its key by id or by ARN. */
const aliasesIn = (resources: readonly ResolvedResource[]): Map<string, string> =>
  new Map(
    resources
      .filter(({ type }) => type === 'AWS::KMS::Alias')
      .map(({ physicalId, properties }) => [
        physicalId,
        String(properties.TargetKeyId).split('/').at(-1) ?? '',
      ]),
  );

function readKept(file: string | undefined): Readonly<Record<string, KeptKey>> {
  if (file === undefined || !existsSync(file)) return {};
  const content: JsonObject = JSON.parse(readFileSync(file, 'utf8'));
  return isJsonObject(content.keys) ? (content.keys as Record<string, KeptKey>) : {};
}

/** Renamed into place, so that a process killed in the middle leaves the old file whole. */
function writeOwnerOnly(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
