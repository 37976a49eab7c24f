import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { writeCbor } from './cbor.ts';
import {
  type Authority,
  authorityKeyId,
  authorityUnder,
  basicConstraints,
  type CertificateFields,
  extension,
  googleName,
  issue,
  keyUsage,
  nameOf,
  subjectKeyId,
} from './certificate.ts';
import { oid, printable, sequence, set, utf8 } from './der.ts';
import { type DpopKey, dpopKey } from './dpop.ts';
import { aKeyDescription, type KeyDescription, writeKeyDescription } from './key-description.ts';
import { type SigningKey, spkiOf, testKey } from './test-keys.ts';
import { rootAuthority } from './test-roots.ts';

const day = 86_400_000;

/** Google's servers write the organisation first. */
const droidName = (commonName: string) => googleName(['O', 'Google LLC'], ['CN', commonName]);

/** Manufacturers name batches by title and serial number. */
const batchName = (title: string, serialNumber: string) =>
  sequence(
    set(sequence(oid('2.5.4.12'), utf8(title))),
    set(sequence(oid('2.5.4.5'), printable(serialNumber))),
  );

const titles = { tee: 'TEE', strongbox: 'StrongBox', software: 'Software' } as const;
type Level = keyof typeof titles;

const authorities = new Map<string, Authority>();
const once = (id: string, make: () => Authority): Authority => {
  const authority = authorities.get(id) ?? make();
  authorities.set(id, authority);
  return authority;
};

/** Root -> Droid CA2 -> Droid CA3, made once per process. */
export const remoteProvisioning = (): Authority =>
  once('rkp', () => {
    const second = authorityUnder(rootAuthority('keyAttestation'), {
      name: droidName('Droid CA2'),
      key: testKey('TEST ONLY Evenfield Droid CA2', 'P-384'),
    });
    return authorityUnder(second, {
      name: droidName('Droid CA3'),
      key: testKey('TEST ONLY Evenfield Droid CA3'),
    });
  });

/** Root -> a batch of a factory. Expired, as most of the genuine ones are. */
export const factoryBatch = (level: Level = 'tee'): Authority =>
  once(`factory ${level}`, () =>
    authorityUnder(rootAuthority('keyAttestation'), {
      name: batchName(titles[level], 'e0c3548a47e73f2a75fb9ed6da5bf3e8'),
      key: testKey(`TEST ONLY Evenfield factory batch ${level}`, 'P-384'),
      notBefore: Date.UTC(2016, 4, 26),
      notAfter: Date.UTC(2026, 4, 24),
    }),
  );

export interface AndroidOptions extends Partial<KeyDescription> {
  /** Where the phone got its attestation key: from Google over the air, or in the factory for many phones at once. */
  provisioning?: 'rkp' | 'factory';
  /** Of this phone, when it is made again from a kept state. Also the key that signs proofs of possession. */
  dpopKey?: DpopKey;
  /** The attestation key and its serial, hex: phones of one factory batch share both. */
  deviceKey?: SigningKey;
  deviceSerial?: string;
  /** Who signs the device certificate. */
  authority?: Authority;
  /** Certificates issued to the phone in 30 days, in the provisioning info of RKP; `null` leaves it out. */
  certificatesIssued?: number | null;
  /** Fields of the device certificate, of the leaf, or more extensions for either. */
  deviceCertificate?: Partial<CertificateFields>;
  leaf?: Partial<CertificateFields>;
  deviceExtensions?: readonly Buffer[];
  leafExtensions?: readonly Buffer[];
  /** The description itself, in place of the one made from the fields; `null`: without. */
  description?: Uint8Array | null;
  chain?: (chain: readonly Buffer[]) => readonly Buffer[];
  now?: () => number;
}

export const keyDescriptionOid = '1.3.6.1.4.1.11129.2.1.17';
const provisioningInfoOid = '1.3.6.1.4.1.11129.2.1.30';

/** A batch of phones that share one attestation key, as factories made them. */
export const aBatch = (): { deviceKey: SigningKey; deviceSerial: string } => ({
  deviceKey: newKey(),
  deviceSerial: randomBytes(16).toString('hex'),
});

const newKey = (): SigningKey => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, spki: spkiOf(privateKey) };
};

export type SoftwareAndroid = ReturnType<typeof softwareAndroid>;

/** An Android phone with its KeyMint in memory. The attested key is the one that signs proofs of possession. */
export const softwareAndroid = (options: AndroidOptions = {}) => {
  const { provisioning = 'rkp', securityLevel = 'tee', certificatesIssued = 1, now = Date.now } = options;
  const isRkp = provisioning === 'rkp';
  const key = options.dpopKey ?? dpopKey();
  const deviceKey = options.deviceKey ?? newKey();
  const deviceSerial = options.deviceSerial ?? randomBytes(16).toString('hex');
  const title = titles[securityLevel];
  const deviceName = isRkp
    ? nameOf(
        [
          ['CN', deviceSerial],
          ['O', title],
        ],
        printable,
      )
    : batchName(title, deviceSerial);

  const deviceChain = (at: number): readonly Buffer[] => {
    const authority = options.authority ?? (isRkp ? remoteProvisioning() : factoryBatch(securityLevel));
    const provisioningInfo =
      isRkp && certificatesIssued !== null
        ? [
            extension(
              provisioningInfoOid,
              writeCbor({
                pairs: [
                  [1, certificatesIssued],
                  [3, 'google'],
                ],
              }),
            ),
          ]
        : [];
    const certificate = issue(
      {
        serial: Buffer.from(deviceSerial, 'hex'),
        issuer: authority.name,
        subject: deviceName,
        notBefore: isRkp ? at - day : Date.UTC(2016, 4, 26),
        notAfter: isRkp ? at + 8 * day : Date.UTC(2026, 4, 24),
        spki: deviceKey.spki,
        extensions: [
          subjectKeyId(deviceKey.spki),
          authorityKeyId(authority.key.spki),
          basicConstraints(true),
          keyUsage('certificates'),
          ...provisioningInfo,
          ...(options.deviceExtensions ?? []),
        ],
        ...options.deviceCertificate,
      },
      authority.key,
    );
    return [certificate, ...authority.chain];
  };

  /** The chain of the attested key, leaf first, DER. */
  const attest = (challenge: Uint8Array): Buffer[] => {
    const at = now();
    const fields: KeyDescription = { ...aKeyDescription(at), ...options, securityLevel };
    const description =
      options.description === undefined ? writeKeyDescription(fields, challenge) : options.description;
    const leaf = issue(
      {
        serial: 1,
        issuer: deviceName,
        subject: googleName(['CN', 'Android Keystore Key']),
        notBefore: 0,
        notAfter: Date.UTC(2048, 0),
        spki: spkiOf(key.privateKey),
        extensions: [
          ...(description ? [extension(keyDescriptionOid, description)] : []),
          keyUsage('signature'),
          ...(options.leafExtensions ?? []),
        ],
        ...options.leaf,
      },
      deviceKey,
    );
    const chain = [leaf, ...deviceChain(at)];
    return [...(options.chain?.(chain) ?? chain)];
  };

  return {
    platform: 'android' as const,
    dpopKey: key,
    deviceSerial,
    attest,
    /** What makes the same phone again. */
    state: () => ({ key: key.privateKey.export({ format: 'jwk' }), deviceSerial }),
  };
};

/** A chain by somebody without Google's key: the right names, and the true root certificate behind them. */
export const strangeAuthority = (privateKey: KeyObject): Authority => {
  const key = { privateKey, spki: spkiOf(privateKey) };
  const impostor: Authority = { ...rootAuthority('keyAttestation'), key };
  const second = authorityUnder(impostor, { name: droidName('Droid CA2'), key });
  return authorityUnder(second, { name: droidName('Droid CA3'), key });
};
