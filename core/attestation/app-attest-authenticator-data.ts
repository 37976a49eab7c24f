import { createHash } from 'node:crypto';
import { type CborMap, type CborValue, readCbor } from './cbor.ts';
import { need, refuse } from './verdict.ts';

/** Which builds of the app may speak: AA11 and AS5. */
export interface ReleasePolicy {
  /** Apple's `apple_validation_category_01`: 4 is the App Store, 2 TestFlight. */
  validationCategories: readonly number[];
  /** Only while systems before iOS 27, which do not state it, are supported. */
  allowMissingCategory: boolean;
  /** The released set, when it is configured. */
  bundleVersions?: readonly string[] | undefined;
}

export interface Release {
  category?: number;
  bundleVersion?: string;
}

export type AuthenticatorDataRefusal =
  | 'authenticator-data-length'
  | 'bundle-version'
  | 'cbor-malformed'
  | 'cbor-trailing'
  | 'format'
  | 'rp-id'
  | 'validation-category'
  | 'validation-category-missing';

/** SHA-256 of an app id, flags, counter: after them comes what differs. */
const headLength = 37;
const longest = 2048;

const categoryKey = 'apple_validation_category_01';
const bundleVersionKey = 'apple_bundle_version_01';

export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A byte string, or a refusal (`format`). */
export const bytesIn = (map: CborMap, key: string): Buffer => {
  const value = map.get(key);
  return value instanceof Uint8Array ? bufferOf(value) : refuse('format');
};

/** A map of exactly these keys, or a refusal (`format`): one more is room for what nobody has signed. */
export const mapOf = (value: CborValue | undefined, keys: readonly (string | number)[]): CborMap => {
  need(value instanceof Map && value.size === keys.length && keys.every((key) => value.has(key)), 'format');
  return value;
};

/** The begin that attestations and assertions share; the flags do not tell what follows (iOS 27 sets them freely). */
export const readHead = (authenticatorData: Buffer) => {
  need(
    authenticatorData.length >= headLength && authenticatorData.length <= longest,
    'authenticator-data-length',
  );
  return {
    rpIdHash: authenticatorData.subarray(0, 32),
    flags: authenticatorData[32] as number,
    counter: authenticatorData.readUInt32BE(33),
    rest: authenticatorData.subarray(headLength),
  };
};

/** AA7, AS3: the app that the data speaks for. */
export const appIdOf = (rpIdHash: Buffer, appIds: readonly string[]): string =>
  appIds.find((appId) => createHash('sha256').update(appId).digest().equals(rpIdHash)) ?? refuse('rp-id');

const categoryOf = (extensions: CborMap): number => {
  const value = extensions.get(categoryKey) ?? refuse('validation-category-missing');
  need(value instanceof Uint8Array && value.length === 4, 'validation-category');
  return bufferOf(value).readUInt32LE();
};

const bundleVersionOf = (extensions: CborMap): string | undefined => {
  const value = extensions.get(bundleVersionKey);
  need(value === undefined || typeof value === 'string', 'bundle-version');
  return value;
};

/**
 * AA11, AS5: what ends authenticator data is nothing (before iOS 27) or exactly one map. A map must state an allowed
 * category; keys that we do not know are Apple's to add, they are signed like the rest.
 */
export const releaseOf = (bytes: Buffer, policy: ReleasePolicy): Release => {
  if (bytes.length === 0) {
    need(policy.allowMissingCategory, 'validation-category-missing');
    return {};
  }
  const extensions = readCbor(bytes);
  need(extensions instanceof Map, 'format');
  const category = categoryOf(extensions);
  need(policy.validationCategories.includes(category), 'validation-category');
  const bundleVersion = bundleVersionOf(extensions);
  const { bundleVersions } = policy;
  need(
    !bundleVersions || (bundleVersion !== undefined && bundleVersions.includes(bundleVersion)),
    'bundle-version',
  );
  return { category, ...(bundleVersion !== undefined && { bundleVersion }) };
};
