import { createHash, sign } from 'node:crypto';
import { bits, boolean, integer, octets, oid, printable, sequence, set, tagged, time, utf8 } from './der.ts';
import type { SigningKey } from './test-keys.ts';

const attributes = {
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
} as const;
export type NamePart = readonly [keyof typeof attributes, string];

/** Apple writes UTF8String, Google PrintableString: verifiers compare names byte by byte. */
export const nameOf = (parts: readonly NamePart[], text: (value: string) => Buffer = utf8): Buffer =>
  sequence(...parts.map(([type, value]) => set(sequence(oid(attributes[type]), text(value)))));
export const googleName = (...parts: readonly NamePart[]) => nameOf(parts, printable);

export const extension = (id: string, value: Uint8Array, isCritical = false): Buffer =>
  sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octets(value));

export const basicConstraints = (isCa: boolean, pathLength?: number) =>
  extension(
    '2.5.29.19',
    sequence(...(isCa ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
    true,
  );

const usages = {
  certificates: bits(Buffer.of(0x06), 1),
  signature: bits(Buffer.of(0x80), 7),
  any: bits(Buffer.of(0xf0), 4),
};
export const keyUsage = (usage: keyof typeof usages) => extension('2.5.29.15', usages[usage], true);

const keyIdOf = (spki: Buffer) => createHash('sha1').update(spki).digest();
export const subjectKeyId = (spki: Buffer) => extension('2.5.29.14', octets(keyIdOf(spki)));
export const authorityKeyId = (spki: Buffer) =>
  extension('2.5.29.35', sequence(Buffer.concat([Buffer.of(0x80, 20), keyIdOf(spki)])));

export type Hash = 'sha256' | 'sha384';
const algorithms = {
  sha256: sequence(oid('1.2.840.10045.4.3.2')),
  sha384: sequence(oid('1.2.840.10045.4.3.3')),
};
export const ecdsaWith = (hash: Hash) => algorithms[hash];

/** Who signs: a name, a key, and the certificates from its own up to the root. */
export interface Authority {
  name: Buffer;
  key: SigningKey;
  /** DER, its own first. */
  chain: readonly Buffer[];
}

export interface CertificateFields {
  serial: number | Uint8Array;
  issuer: Buffer;
  subject: Buffer;
  notBefore: number;
  notAfter: number;
  spki: Buffer;
  extensions: readonly Buffer[];
}

/** A version 3 certificate (RFC 5280), DER. */
export const issue = (fields: CertificateFields, signer: SigningKey, hash: Hash = 'sha256'): Buffer => {
  const tbs = sequence(
    tagged(0, integer(2)),
    integer(fields.serial),
    algorithms[hash],
    fields.issuer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.spki,
    tagged(3, sequence(...fields.extensions)),
  );
  return sequence(tbs, algorithms[hash], bits(sign(hash, tbs, signer.privateKey)));
};

/** The same in every run, so that a revocation list can name it. */
export const serialOf = (name: Buffer, { spki }: SigningKey): Buffer =>
  createHash('sha256').update(name).update(spki).digest().subarray(0, 16);

/** An authority under another one. */
export const authorityUnder = (
  parent: Authority,
  {
    name,
    key,
    extensions,
    notBefore = Date.UTC(2020, 0),
    notAfter = Date.UTC(2045, 0),
    serial = serialOf(name, key),
    hash = 'sha384',
  }: Partial<CertificateFields> & { name: Buffer; key: SigningKey; hash?: Hash },
): Authority => {
  const certificate = issue(
    {
      serial,
      issuer: parent.name,
      subject: name,
      notBefore,
      notAfter,
      spki: key.spki,
      extensions: extensions ?? [
        basicConstraints(true),
        authorityKeyId(parent.key.spki),
        subjectKeyId(key.spki),
        keyUsage('certificates'),
      ],
    },
    parent.key,
    hash,
  );
  return { name, key, chain: [certificate, ...parent.chain] };
};
