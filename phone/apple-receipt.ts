import { createHash, sign, verify } from 'node:crypto';
import {
  type Authority,
  authorityKeyId,
  authorityUnder,
  basicConstraints,
  ecdsaWith,
  extension,
  issue,
  keyUsage,
  nameOf,
  serialOf,
  subjectKeyId,
} from './certificate.ts';
import { indefinite, integer, nothing, octets, oid, sequence, set } from './der.ts';
import { testKey } from './test-keys.ts';
import { rootAuthority } from './test-roots.ts';

/** Fields of a receipt by Apple's numbers; `riskMetric` is Apple's 17, which `RECEIPT`s have. */
export interface ReceiptFields {
  appId: string;
  /** DER. */
  attestedCertificate: Uint8Array;
  clientHash: Uint8Array;
  token: string;
  type: string;
  environment: string;
  createdAt: number;
  riskMetric?: string | undefined;
  notBefore?: number | undefined;
  expiresAt: number;
}

const day = 86_400_000;
const organisation = [
  ['OU', 'TEST ONLY Certification Authority'],
  ['O', 'TEST ONLY'],
  ['C', 'US'],
] as const;

let shared: { authority: Authority; serial: Buffer; issuer: Buffer } | undefined;
/** Signer, intermediate and root, made once per process. */
export const receiptSigner = () => {
  if (shared) return shared;
  const key = testKey('TEST ONLY Evenfield App Attest receipt signer');
  const issuer = authorityUnder(rootAuthority('receipt'), {
    name: nameOf([['CN', 'TEST ONLY Application Integration CA 5 - G1'], ...organisation]),
    key: testKey('TEST ONLY Evenfield App Attest receipt intermediate'),
  });
  const name = nameOf([
    ['CN', 'TEST ONLY Application Attestation Fraud Receipt Signing'],
    ['O', 'TEST ONLY'],
    ['C', 'US'],
  ]);
  const serial = serialOf(name, key);
  const certificate = issue(
    {
      serial,
      issuer: issuer.name,
      subject: name,
      notBefore: Date.UTC(2020, 0),
      notAfter: Date.UTC(2045, 0),
      spki: key.spki,
      extensions: [
        basicConstraints(false),
        authorityKeyId(issuer.key.spki),
        subjectKeyId(key.spki),
        keyUsage('signature'),
        // Marks who may sign receipts (RC3).
        extension('1.2.840.113635.100.12.15', nothing()),
      ],
    },
    issuer.key,
  );
  shared = { authority: { name, key, chain: [certificate, ...issuer.chain] }, serial, issuer: issuer.name };
  return shared;
};

const instant = (at: number) => Buffer.from(new Date(at).toISOString());
const field = (type: number, value: Uint8Array) => sequence(integer(type), integer(1), octets(value));
const optional = (type: number, value: Uint8Array | undefined) => (value ? [field(type, value)] : []);

const receiptContent = (fields: ReceiptFields): Buffer => {
  const isRefreshed = fields.type === 'RECEIPT';
  const type = field(6, Buffer.from(fields.type));
  return set(
    ...optional(17, fields.riskMetric === undefined ? undefined : Buffer.from(fields.riskMetric)),
    ...(isRefreshed ? [type] : []),
    field(2, Buffer.from(fields.appId)),
    field(3, fields.attestedCertificate),
    field(4, fields.clientHash),
    field(5, Buffer.from(fields.token)),
    ...(isRefreshed ? [] : [type]),
    field(7, Buffer.from(fields.environment)),
    field(12, instant(fields.createdAt)),
    ...optional(19, fields.notBefore === undefined ? undefined : instant(fields.notBefore)),
    field(21, instant(fields.expiresAt)),
  );
};

const chunksOf = (bytes: Buffer, size = 1_000): Buffer[] =>
  bytes.length <= size ? [bytes] : [bytes.subarray(0, size), ...chunksOf(bytes.subarray(size), size)];

/** The defaults of an `ATTEST` receipt that a new key brings along. */
export const attestReceipt = (
  fields: Pick<ReceiptFields, 'appId' | 'attestedCertificate' | 'clientHash' | 'environment'>,
  now: number,
): ReceiptFields => ({
  ...fields,
  token: createHash('sha512').update(fields.attestedCertificate).digest('base64'),
  type: 'ATTEST',
  createdAt: now,
  expiresAt: now + 90 * day,
});

/**
 * A signed receipt in the shape of Apple's: PKCS #7 in BER, indefinite lengths, the content in chunks, no signed
 * attributes.
 */
export const signReceipt = (fields: ReceiptFields, signer = receiptSigner()): Buffer => {
  const content = receiptContent(fields);
  const { authority, issuer, serial } = signer;
  const sha256 = sequence(oid('2.16.840.1.101.3.4.2.1'), nothing());
  const signerInfo = sequence(
    integer(1),
    sequence(issuer, integer(serial)),
    sha256,
    ecdsaWith('sha256'),
    octets(sign('sha256', content, authority.key.privateKey)),
  );
  return indefinite(
    0x30,
    oid('1.2.840.113549.1.7.2'),
    indefinite(
      0xa0,
      indefinite(
        0x30,
        integer(1),
        set(sha256),
        indefinite(
          0x30,
          oid('1.2.840.113549.1.7.1'),
          indefinite(0xa0, indefinite(0x24, ...chunksOf(content).map(octets))),
        ),
        indefinite(0xa0, ...authority.chain),
        set(signerInfo),
      ),
    ),
  );
};

interface Element {
  identifier: number;
  content: Buffer;
  children: Element[];
}

/** Reads what `signReceipt` wrote; anything else throws. For Apple's stand-in only. */
const readBer = (bytes: Buffer, start: number): { element: Element; end: number } => {
  const identifier = bytes.readUInt8(start);
  const first = bytes.readUInt8(start + 1);
  const count = first > 0x80 ? first & 0x7f : 0;
  const begin = start + 2 + count;
  const length = count ? bytes.readUIntBE(start + 2, count) : first;
  const hasEnd = first !== 0x80;
  const end = hasEnd ? begin + length : bytes.length;
  if (end > bytes.length) throw new RangeError('a length points past the end');
  const children: Element[] = [];
  let position = begin;
  if (identifier & 0x20) {
    while (position < end && (hasEnd || bytes.readUInt16BE(position) !== 0)) {
      const child = readBer(bytes, position);
      children.push(child.element);
      position = child.end;
    }
  }
  const content = bytes.subarray(begin, hasEnd ? end : position);
  return { element: { identifier, content, children }, end: hasEnd ? end : position + 2 };
};

const readReceipt = (receipt: Buffer): ReceiptFields => {
  const signed = readBer(receipt, 0).element.children[1]?.children[0]?.children;
  const chunks = signed?.[2]?.children[1]?.children[0]?.children ?? [];
  const content = Buffer.concat(chunks.map((chunk) => chunk.content));
  const signature = signed?.at(-1)?.children[0]?.children[4]?.content ?? Buffer.alloc(0);
  const { spki } = receiptSigner().authority.key;
  if (!verify('sha256', content, { key: spki, format: 'der', type: 'spki' }, signature)) {
    throw new Error('signed by nobody that is known here');
  }
  const fields = new Map(
    readBer(content, 0).element.children.map(({ children }) => [
      children[0]?.content[0],
      children[2]?.content ?? Buffer.alloc(0),
    ]),
  );
  const value = (type: number) => fields.get(type) ?? Buffer.alloc(0);
  const at = (type: number) => (fields.has(type) ? Date.parse(value(type).toString()) : undefined);
  return {
    appId: value(2).toString(),
    attestedCertificate: value(3),
    clientHash: value(4),
    token: value(5).toString(),
    type: value(6).toString(),
    environment: value(7).toString(),
    createdAt: at(12) ?? 0,
    notBefore: at(19),
    expiresAt: at(21) ?? 0,
  };
};

export interface AppleServerOptions {
  /** Keys attested for our app on that phone in 30 days; a function is told which. */
  riskMetric?: number | ((receipt: ReceiptFields) => number);
  /** A newer receipt is answered 304. */
  refreshAfterMs?: number;
  now?: () => number;
}

/**
 * Apple's attestation data endpoint: takes a receipt as base64 and answers a new one, as base64, with a risk metric;
 * 304 while it is too early, 400 for what Apple never signed.
 */
export const softwareAppleServer =
  ({ riskMetric = 1, refreshAfterMs = day, now = Date.now }: AppleServerOptions = {}) =>
  (receipt: string): { status: 200; body: string } | { status: 304 | 400; body: '' } => {
    const at = now();
    let fields: ReceiptFields;
    try {
      fields = readReceipt(Buffer.from(receipt, 'base64'));
    } catch {
      return { status: 400, body: '' };
    }
    if (at < (fields.notBefore ?? fields.createdAt + refreshAfterMs)) return { status: 304, body: '' };
    const metric = typeof riskMetric === 'number' ? riskMetric : riskMetric(fields);
    const refreshed = signReceipt({
      ...fields,
      type: 'RECEIPT',
      riskMetric: String(metric),
      createdAt: at,
      notBefore: at + refreshAfterMs,
      expiresAt: at + 90 * day,
    });
    return { status: 200, body: refreshed.toString('base64') };
  };
