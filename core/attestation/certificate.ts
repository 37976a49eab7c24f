import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import {
  booleanOf,
  childrenOf,
  contentOf,
  type DerElement,
  integerBytesOf,
  membersOf,
  oidOf,
  readDer,
  universal,
} from './der.ts';
import { pointIn } from './p256.ts';
import { need, refuse } from './verdict.ts';

/** An X.509 certificate (RFC 5280), read strictly as DER; its signature is checked by `isSignedBy`. */
export interface Certificate {
  der: Buffer;
  /** Names as DER: compared byte by byte, as Google's and Apple's own verifiers do. */
  issuer: Buffer;
  subject: Buffer;
  /** Lower-case hex without leading zeros: the form of Google's status list. */
  serial: string;
  notBefore: number;
  notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  spki: Buffer;
  /** Values of extensions by OID, as DER. */
  extensions: ReadonlyMap<string, Buffer>;
  /** BasicConstraints CA:TRUE. */
  isCa: boolean;
  /** Node's reader of the same bytes. */
  x509: X509Certificate;
}

const basicConstraints = '2.5.29.19';

/** RFC 5280 section 4.1.2.5: both forms to the second and in UTC. Milliseconds since the epoch. */
const timeOf = ({ identifier, content }: DerElement): number => {
  const text = content.toString('latin1');
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const isShort = identifier === universal.utcTime;
  need(match && (isShort || identifier === universal.generalizedTime), 'certificate-malformed');
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = match;
  need(year.length === (isShort ? 2 : 4), 'certificate-malformed');
  const century = isShort ? (Number(year) < 50 ? '20' : '19') : '';
  const at = Date.parse(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  need(Number.isFinite(at), 'certificate-malformed');
  return at;
};

const readExtensions = (wrapper: DerElement | undefined): ReadonlyMap<string, Buffer> => {
  const extensions = new Map<string, Buffer>();
  if (!wrapper) return extensions;
  const [list, ...others] = childrenOf(wrapper);
  need(others.length === 0, 'certificate-malformed');
  for (const extension of membersOf(list)) {
    const [id, ...rest] = membersOf(extension);
    const oid = oidOf(id);
    if (rest.length === 2) booleanOf(rest.shift());
    need(rest.length === 1 && !extensions.has(oid), 'certificate-malformed');
    extensions.set(oid, contentOf(rest[0], universal.octetString));
  }
  return extensions;
};

const readIsCa = (value: Buffer | undefined): boolean => {
  if (!value) return false;
  const [first] = membersOf(readDer(value));
  return first?.identifier === universal.boolean && booleanOf(first);
};

const parse = (der: Buffer): X509Certificate => {
  try {
    return new X509Certificate(der);
  } catch {
    return refuse('certificate-malformed');
  }
};

/** Refuses with `certificate-malformed` or `der-malformed`. */
export const readCertificate = (bytes: Uint8Array): Certificate => {
  const outer = readDer(bytes);
  const [tbs, , , ...more] = membersOf(outer);
  need(tbs && more.length === 0, 'certificate-malformed');
  const fields = membersOf(tbs);
  // Version 3, [0] EXPLICIT: without it there are no extensions to look at.
  need(fields[0]?.identifier === 0xa0, 'certificate-malformed');
  const [, serial, , issuer, validity, subject, spki, ...optional] = fields;
  const times = membersOf(validity);
  const [from, to] = times;
  need(issuer && subject && spki && from && to && times.length === 2, 'certificate-malformed');
  const last = optional.at(-1);
  const extensions = readExtensions(last?.identifier === 0xa3 ? last : undefined);
  const serialBytes = integerBytesOf(serial);
  // RFC 5280 section 4.1.2.2: 20 octets and a sign.
  need(serialBytes.length <= 21, 'certificate-malformed');
  const hex = serialBytes.toString('hex');
  return {
    der: outer.raw,
    issuer: issuer.raw,
    subject: subject.raw,
    serial: hex.replace(/^0+(?=.)/, ''),
    notBefore: timeOf(from),
    notAfter: timeOf(to),
    spki: spki.raw,
    extensions,
    isCa: readIsCa(extensions.get(basicConstraints)),
    x509: parse(outer.raw),
  };
};

/** The public key, or a refusal for one that this runtime cannot read (`key-type`). */
export const publicKeyOf = ({ x509 }: Certificate): KeyObject => {
  try {
    return x509.publicKey;
  } catch {
    return refuse('key-type');
  }
};

/** Whether the key made the signature on the certificate. */
export const isSignedBy = ({ x509 }: Certificate, key: KeyObject): boolean => {
  try {
    return x509.verify(key);
  } catch {
    return false;
  }
};

export const isValidAt = ({ notBefore, notAfter }: Certificate, at: number): boolean =>
  at >= notBefore && at <= notAfter;

export const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The 65-byte uncompressed point of a P-256 key, or a refusal (`key-type`). */
export const p256PointOf = ({ spki }: Pick<Certificate, 'spki'>): Buffer =>
  pointIn(spki) ?? refuse('key-type');
