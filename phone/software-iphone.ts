import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import { iosAppId, iosBundleVersion } from './app-identity.ts';
import { attestReceipt, type ReceiptFields, signReceipt } from './apple-receipt.ts';
import { type CborInput, writeCbor } from './cbor.ts';
import {
  type Authority,
  authorityUnder,
  basicConstraints,
  type CertificateFields,
  extension,
  issue,
  keyUsage,
  nameOf,
} from './certificate.ts';
import { integer, octets, sequence, tagged } from './der.ts';
import { type DpopKey, dpopKey } from './dpop.ts';
import { spkiOf, testKey } from './test-keys.ts';
import { rootAuthority } from './test-roots.ts';

const day = 86_400_000;
const sha256 = (...parts: readonly Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

let shared: Authority | undefined;
/** The intermediate that signs attested keys, made once per process. */
export const appAttestationCa = (): Authority => {
  shared ??= authorityUnder(rootAuthority('appAttest'), {
    name: appleName([['CN', 'TEST ONLY App Attestation CA 1']]),
    key: testKey('TEST ONLY Evenfield App Attest intermediate', 'P-384'),
  });
  return shared;
};
const appleName = (parts: Parameters<typeof nameOf>[0]) =>
  nameOf([...parts, ['O', 'TEST ONLY'], ['ST', 'Nowhere']]);

/** What iOS 27 writes after the key (attestations) or the counter (assertions). */
export interface Ios27 {
  /** 1 development, 2 TestFlight, 3 ad hoc or enterprise, 4 App Store. */
  category: number;
  bundleVersion: string;
  /** Whether the flag says so; Apple's does not always. */
  edFlag?: boolean;
}

export interface IphoneOptions {
  /** Of this phone, when it is made again from a kept state. */
  key?: KeyObject;
  dpopKey?: DpopKey;
  counter?: number;

  appId?: string;
  environment?: 'production' | 'development';
  /** `false`: an older iOS, without the map. */
  ios27?: Ios27 | false;
  /** Version in leaf extension 8.7; follows `ios27` unless said otherwise. */
  osVersion?: string;
  /** Field 1026 of leaf extension 8.7; `null` leaves it out. */
  platform?: 'iphoneos' | 'macosx' | string | null;
  /** The clock of phone and Apple alike, ms. */
  now?: () => number;
}

/** Every part of an attestation, for tests that need a wrong one. */
export interface AttestationOverrides {
  clientDataHash: Uint8Array;
  fmt: string;
  /** App whose hash stands at the start of `authData`. */
  rpId: string;
  flags: number;
  counter: number;
  aaguid: Uint8Array;
  credentialId: Uint8Array;
  /** The public key in COSE form. */
  coseKey: CborInput;
  /** Whatever stands after the key. */
  tail: Uint8Array;
  authData: Uint8Array;
  nonce: Uint8Array;
  authority: Authority;
  leaf: Partial<Omit<CertificateFields, 'extensions'>>;
  leafExtensions: (made: readonly Buffer[]) => readonly Buffer[];
  x5c: (chain: readonly Buffer[]) => readonly Uint8Array[];
  receipt: Partial<ReceiptFields> | Uint8Array;
}

export interface AssertionOverrides {
  clientDataHash: Uint8Array;
  rpId: string;
  flags: number;
  counter: number;
  tail: Uint8Array;
  key: KeyObject;
}

/** Access control of the key, as genuine leaves have it. */
const accessControl = Buffer.from(
  '3049a347304530430c023131303d300a0c036f6b64a1030101ff30090c026f61a1030101ff300b0c046f73676ea1030101ff' +
    '300b0c046f64656ca1030101ff300a0c036f636ba1030101ff',
  'hex',
);
const number = (tag: number, value: number) => tagged(tag, integer(value));
const text = (tag: number, value: string) => tagged(tag, octets(Buffer.from(value)));

const leafExtensions = (appId: string, osVersion: string, platform: string | null, nonce: Uint8Array) => [
  basicConstraints(false),
  keyUsage('any'),
  extension(
    '1.2.840.113635.100.8.5',
    sequence(
      number(4, 10),
      number(1200, 1),
      number(1201, 0),
      number(1202, 0),
      number(1203, 0),
      text(1204, appId),
      number(1206, 4),
      number(1207, 0),
      number(1209, 0),
      number(1210, 0),
      number(1211, 0),
      number(10, 0),
    ),
  ),
  extension(
    '1.2.840.113635.100.8.7',
    sequence(
      text(1400, osVersion),
      number(1104, 2),
      text(1403, osVersion),
      text(1404, osVersion),
      ...(platform === null ? [] : [text(1026, platform)]),
    ),
  ),
  extension('1.2.840.113635.100.8.2', sequence(tagged(1, octets(nonce)))),
  extension('1.2.840.113635.100.8.6', accessControl),
];

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const categoryOf = (category: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(category);
  return bytes;
};

export const ios27Map = ({ category, bundleVersion }: Ios27): Buffer =>
  writeCbor(
    new Map<string, CborInput>([
      ['apple_bundle_version_01', bundleVersion],
      ['apple_validation_category_01', categoryOf(category)],
    ]),
  );

const aaguids = {
  production: Buffer.concat([Buffer.from('appattest'), Buffer.alloc(7)]),
  development: Buffer.from('appattestdevelop'),
};

export type SoftwareIphone = ReturnType<typeof softwareIphone>;

/** An iPhone with its Secure Enclave in memory: one App Attest key and one key that signs proofs of possession. */
export const softwareIphone = (options: IphoneOptions = {}) => {
  const { appId = iosAppId, environment = 'production', platform = 'iphoneos', now = Date.now } = options;
  const ios27 = options.ios27 ?? { category: 4, bundleVersion: iosBundleVersion };
  const osVersion = options.osVersion ?? (ios27 ? '27.0' : '18.6');
  const key = options.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const spki = spkiOf(key);
  const point = spki.subarray(-65);
  const keyHash = sha256(point);
  const map = ios27 ? ios27Map(ios27) : Buffer.alloc(0);
  const { edFlag = false } = ios27 || {};
  const mapFlag = edFlag ? 0x80 : 0;
  let counter = options.counter ?? 0;

  const attest = ({ clientData }: { clientData: Uint8Array }, wrong: Partial<AttestationOverrides> = {}) => {
    const clientDataHash = wrong.clientDataHash ?? sha256(clientData);
    const credentialId = wrong.credentialId ?? keyHash;
    const coseKey = new Map<number, CborInput>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, point.subarray(1, 33)],
      [-3, point.subarray(33)],
    ]);
    const authData =
      wrong.authData ??
      Buffer.concat([
        sha256(Buffer.from(wrong.rpId ?? appId)),
        Buffer.of(wrong.flags ?? 0x40 | mapFlag),
        uint32(wrong.counter ?? 0),
        wrong.aaguid ?? aaguids[environment],
        Buffer.of(credentialId.length >> 8, credentialId.length & 0xff),
        credentialId,
        writeCbor(wrong.coseKey ?? coseKey),
        wrong.tail ?? map,
      ]);
    const nonce = wrong.nonce ?? sha256(authData, clientDataHash);
    const at = now();
    const authority = wrong.authority ?? appAttestationCa();
    const extensions = leafExtensions(appId, osVersion, platform, nonce);
    const leaf = issue(
      {
        serial: at,
        issuer: authority.name,
        subject: appleName([
          ['CN', keyHash.toString('hex')],
          ['OU', 'TEST ONLY'],
        ]),
        notBefore: at - day,
        notAfter: at + 2 * day,
        spki,
        extensions: wrong.leafExtensions?.(extensions) ?? extensions,
        ...wrong.leaf,
      },
      authority.key,
    );
    const receipt =
      wrong.receipt instanceof Uint8Array
        ? wrong.receipt
        : signReceipt({
            ...attestReceipt(
              {
                appId,
                attestedCertificate: leaf,
                clientHash: clientDataHash,
                environment: environment === 'production' ? 'production' : 'sandbox',
              },
              at,
            ),
            ...wrong.receipt,
          });
    const x5c = wrong.x5c ?? ((chain) => chain.slice(0, 2));
    const attestation = writeCbor(
      new Map<string, CborInput>([
        ['fmt', wrong.fmt ?? 'apple-appattest'],
        [
          'attStmt',
          new Map<string, CborInput>([
            ['x5c', x5c([leaf, ...authority.chain])],
            ['receipt', receipt],
          ]),
        ],
        ['authData', authData],
      ]),
    );
    return { attestation, clientDataHash, authData, nonce, leaf, receipt };
  };

  const assert = (clientData: Uint8Array, wrong: Partial<AssertionOverrides> = {}) => {
    counter += 1;
    const clientDataHash = wrong.clientDataHash ?? sha256(clientData);
    const used = wrong.counter ?? counter;
    const authenticatorData = Buffer.concat([
      sha256(Buffer.from(wrong.rpId ?? appId)),
      Buffer.of(wrong.flags ?? 0x40 | mapFlag),
      uint32(used),
      wrong.tail ?? map,
    ]);
    const nonce = sha256(authenticatorData, clientDataHash);
    // The nonce is the MESSAGE: what is signed is its hash.
    const signature = sign('sha256', nonce, wrong.key ?? key);
    const assertion = writeCbor(
      new Map<string, CborInput>([
        ['signature', signature],
        ['authenticatorData', authenticatorData],
      ]),
    );
    return { assertion, clientDataHash, authenticatorData, nonce, signature, counter: used };
  };

  return {
    platform: 'ios' as const,
    keyId: keyHash.toString('base64'),
    /** The uncompressed point, 65 bytes: what assertions are verified with. */
    point,
    dpopKey: options.dpopKey ?? dpopKey(),
    attest,
    assert,
    /** What makes the same phone again. */
    state: () => ({ key: key.export({ format: 'jwk' }), counter }),
  };
};

export const iphoneKeyFrom = (jwk: JsonWebKey): KeyObject => createPrivateKey({ format: 'jwk', key: jwk });
