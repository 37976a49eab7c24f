import {
  type AuthenticatorDataRefusal,
  appIdOf,
  bytesIn,
  mapOf,
  type Release,
  type ReleasePolicy,
  readHead,
  releaseOf,
} from './app-attest-authenticator-data.ts';
import { type ChainRefusal, needAppleChain } from './app-attest-chain.ts';
import { type CborMap, readCbor, readCborAt } from './cbor.ts';
import { type Certificate, p256PointOf, readCertificate, sha256 } from './certificate.ts';
import { contentOf, membersOf, readDer, universal } from './der.ts';
import { need, refuse, type Verdict, verdictOf } from './verdict.ts';

export interface AppAttestPolicy extends ReleasePolicy {
  /** `TEAMID.bundle.id`. */
  appIds: readonly string[];
  environment: 'production' | 'development';
  /** Apple App Attestation Root CA; never Apple Root CA - G3, which signs receipts and much else. */
  roots: readonly Certificate[];
  /** Of leaf field 1026: `iphoneos`. */
  platforms: readonly string[];
}

/** What is stored of a key (AA14). */
export interface AppAttestation extends Release {
  keyId: Buffer;
  /** The key, uncompressed: 65 bytes. */
  point: Buffer;
  appId: string;
  environment: AppAttestPolicy['environment'];
  /** DER. */
  leaf: Buffer;
  /** For `verifyReceipt`: nothing here vouches for it. */
  receipt: Buffer;
  osVersion?: string;
}

export type AppAttestationRefusal =
  | AuthenticatorDataRefusal
  | ChainRefusal
  | 'aaguid'
  | 'app-id-certificate'
  | 'attested-data-missing'
  | 'cose-key'
  | 'counter-nonzero'
  | 'credential-id'
  | 'fmt'
  | 'key-id'
  | 'nonce-malformed'
  | 'nonce-mismatch'
  | 'nonce-missing'
  | 'platform'
  | 'too-large';

const longest = 16 * 1024;

const nonceExtension = '1.2.840.113635.100.8.2';
const appExtension = '1.2.840.113635.100.8.5';
const systemExtension = '1.2.840.113635.100.8.7';
const appIdField = 1204;
const platformField = 1026;
const osVersionField = 1400;

/** All 16 bytes: 9 of them are the same in both. */
const aaguids = {
  production: Buffer.from('appattest\0\0\0\0\0\0\0', 'latin1'),
  development: Buffer.from('appattestdevelop', 'latin1'),
};
const attestedDataFlag = 0x40;

/** SEQUENCE { [1] { OCTET STRING (32) } }, the one way that DER has to write it. */
const nonceHeader = Buffer.from('3024a1220420', 'hex');

/** AA1 */
const readStatement = (attestation: Uint8Array) => {
  const fields = mapOf(readCbor(attestation), ['fmt', 'attStmt', 'authData']);
  need(fields.get('fmt') === 'apple-appattest', 'fmt');
  const statement = mapOf(fields.get('attStmt'), ['x5c', 'receipt']);
  const x5c = statement.get('x5c');
  need(Array.isArray(x5c) && x5c.length === 2, 'format');
  const [leaf, intermediate] = x5c;
  need(leaf instanceof Uint8Array && intermediate instanceof Uint8Array, 'format');
  return {
    leaf: readCertificate(leaf),
    intermediate: readCertificate(intermediate),
    receipt: bytesIn(statement, 'receipt'),
    authData: bytesIn(fields, 'authData'),
  };
};

/** AA3 to AA5 */
const needNonce = (leaf: Certificate, authData: Buffer, clientDataHash: Uint8Array): void => {
  const extension = leaf.extensions.get(nonceExtension) ?? refuse('nonce-missing');
  const isNonce = extension.length === 38 && extension.subarray(0, 6).equals(nonceHeader);
  need(isNonce, 'nonce-malformed');
  need(extension.subarray(6).equals(sha256(authData, clientDataHash)), 'nonce-mismatch');
};

/** A text in SEQUENCE { [number] { OCTET STRING } ... }: extensions 8.5 and 8.7, whose tags take several bytes. */
const fieldOf = ({ extensions }: Certificate, extension: string, number: number): string | undefined => {
  const value = extensions.get(extension);
  if (!value) return undefined;
  const [field, ...others] = membersOf(readDer(value)).filter(
    ({ identifier, tag }) => identifier === 0xbf && tag === number,
  );
  if (!field) return undefined;
  need(others.length === 0, 'der-malformed');
  return contentOf(readDer(field.content), universal.octetString).toString('utf8');
};

/** Of iOS 27 a map is demanded, and so it is of a version that we cannot read. */
const mayOmitCategory = (osVersion: string | undefined): boolean => {
  if (osVersion === undefined) return true;
  const major = /^\d{1,4}(?=\.|$)/.exec(osVersion);
  return major !== null && Number(major[0]) < 27;
};

/** AA10: key type EC2, ES256, P-256 and the coordinates, nothing else (RFC 9053 section 7.1.1). */
const isCoseKeyOf = (key: CborMap, point: Buffer): boolean =>
  key.size === 5 &&
  key.get(1) === 2 &&
  key.get(3) === -7 &&
  key.get(-1) === 1 &&
  isBytes(key.get(-2), point.subarray(1, 33)) &&
  isBytes(key.get(-3), point.subarray(33));

const isBytes = (value: unknown, expected: Buffer): boolean =>
  value instanceof Uint8Array && expected.equals(value);

/** AA9, AA10. What follows the attested key is returned. */
const needAttestedKey = (
  rest: Buffer,
  { keyId, point, environment }: Pick<AppAttestation, 'keyId' | 'point' | 'environment'>,
): Buffer => {
  need(rest.length >= 18 + keyId.length, 'authenticator-data-length');
  need(rest.subarray(0, 16).equals(aaguids[environment]), 'aaguid');
  need(rest.readUInt16BE(16) === keyId.length, 'credential-id');
  const keyStart = 18 + keyId.length;
  need(rest.subarray(18, keyStart).equals(keyId), 'credential-id');
  const { value, end } = readCborAt(rest, keyStart);
  need(value instanceof Map && isCoseKeyOf(value, point), 'cose-key');
  return rest.subarray(end);
};

/**
 * AA1 to AA12; that the key is new (AA13) is for the store to say. `now` in milliseconds since the epoch.
 * The embedded receipt is not looked at: that is `verifyReceipt`, with the leaf.
 */
export const verifyAppAttestation = (
  input: {
    attestation: Uint8Array;
    /** SHA-256 of the client data as received. */
    clientDataHash: Uint8Array;
    /** What the phone calls the key: 32 bytes. */
    keyId: Uint8Array;
  },
  policy: AppAttestPolicy,
  now: number,
): Verdict<AppAttestation, AppAttestationRefusal> =>
  verdictOf(() => {
    need(input.attestation.length <= longest, 'too-large');
    const { leaf, intermediate, receipt, authData } = readStatement(input.attestation);
    // AA3 to AA5 before AA2: a hash is cheaper than two signatures.
    needNonce(leaf, authData, input.clientDataHash);
    // AA2
    needAppleChain(leaf, intermediate, policy.roots, now);
    // AA6
    const point = p256PointOf(leaf);
    const keyId = sha256(point);
    need(keyId.equals(input.keyId), 'key-id');
    const { rpIdHash, flags, counter, rest } = readHead(authData);
    // AA7
    const appId = appIdOf(rpIdHash, policy.appIds);
    // AA8
    need(counter === 0, 'counter-nonzero');
    need(flags & attestedDataFlag, 'attested-data-missing');
    const { environment } = policy;
    const extensions = needAttestedKey(rest, { keyId, point, environment });
    // AA11
    const osVersion = fieldOf(leaf, systemExtension, osVersionField);
    const allowMissingCategory = policy.allowMissingCategory && mayOmitCategory(osVersion);
    const release = releaseOf(extensions, { ...policy, allowMissingCategory });
    // AA12
    const platform = fieldOf(leaf, systemExtension, platformField);
    need(platform === undefined || policy.platforms.includes(platform), 'platform');
    const certifiedAppId = fieldOf(leaf, appExtension, appIdField);
    need(certifiedAppId === undefined || certifiedAppId === appId, 'app-id-certificate');
    return {
      keyId,
      point,
      appId,
      environment,
      leaf: leaf.der,
      receipt,
      ...(osVersion !== undefined && { osVersion }),
      ...release,
    };
  });
