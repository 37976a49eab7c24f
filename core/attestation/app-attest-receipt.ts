import { type KeyObject, verify } from 'node:crypto';
import { type ChainRefusal, needAppleChain } from './app-attest-chain.ts';
import { type BerElement, octetsOf, partsOf, readBer } from './ber.ts';
import { type Certificate, p256PointOf, publicKeyOf, readCertificate, sha256 } from './certificate.ts';
import { contentOf, membersOf, numberOf, readDer, universal } from './der.ts';
import { need, refuse, type Verdict, verdictOf } from './verdict.ts';

/** What Apple says of an attested key. Times in milliseconds since the epoch. */
export interface Receipt {
  appId: string;
  /** `ATTEST` comes with the attestation, `RECEIPT` from Apple's server in exchange for an earlier one (RC5). */
  type: 'ATTEST' | 'RECEIPT';
  /** As written: `production` or `sandbox`. */
  environment: string;
  createdAt: number;
  /** Apple gives no newer one before. */
  notBefore?: number;
  expiresAt: number;
  /** Keys attested for our app on that device in 30 days: a signal for people, never a blocker (RC6). */
  riskMetric?: number;
}

export interface ReceiptInput {
  receipt: Uint8Array;
  appIds: readonly string[];
  /** The attested certificate, or its hash in hex: what of these is known must be what the receipt is about. */
  attestedLeaf?: Uint8Array;
  /** Of the attestation that came with it; RECEIPTs do not hold it unharmed. */
  clientDataHash?: Uint8Array;
  attestedLeafSha256?: string;
  /** The stored key, 65 bytes: what binds later receipts to the device (RC5). */
  attestedPoint?: Uint8Array;
  expectType?: Receipt['type'];
  environment?: 'production' | 'development';
}

export type ReceiptRefusal =
  | ChainRefusal
  | 'receipt-app-id'
  | 'receipt-certificates'
  | 'receipt-environment'
  | 'receipt-expired'
  | 'receipt-field'
  | 'receipt-key'
  | 'receipt-client-hash'
  | 'receipt-malformed'
  | 'receipt-marker'
  | 'receipt-not-yet-created'
  | 'receipt-signature'
  | 'receipt-signers'
  | 'receipt-type'
  | 'too-large';

const longest = 16 * 1024;

/** RC3: only this marks the signers of receipts among all that stands under Apple Root CA - G3. */
const markerExtension = '1.2.840.113635.100.12.15';

/** Whole elements that RFC 5652 and RC2 leave one way to write: compared, not read. */
const fixed = {
  signedData: Buffer.from('06092a864886f70d010702', 'hex'),
  data: Buffer.from('06092a864886f70d010701', 'hex'),
  version1: Buffer.from('020101', 'hex'),
  sha256: Buffer.from('300d06096086480165030402010500', 'hex'),
  setOfSha256: Buffer.from('310f300d06096086480165030402010500', 'hex'),
  ecdsaWithSha256: Buffer.from('300a06082a8648ce3d040302', 'hex'),
};
const context0 = 0xa0;

/** The field numbers of RC4. */
const fields = {
  appId: 2,
  certificate: 3,
  clientHash: 4,
  token: 5,
  type: 6,
  environment: 7,
  createdAt: 12,
  riskMetric: 17,
  notBefore: 19,
  expiresAt: 21,
};

/** Apple's own clock is ahead of the certificates that it issues by up to a day: genuine receipts need this much. */
const clockTolerance = 24 * 3_600_000;

const environments = { production: 'production', development: 'sandbox' };

const needFixed = (element: { raw: Buffer } | undefined, expected: Buffer): void => {
  need(element?.raw.equals(expected), 'receipt-malformed');
};

const partsOfExactly = (count: number, element: BerElement | undefined, identifier: number) => {
  const parts = partsOf(element, identifier);
  need(parts.length === count, 'receipt-malformed');
  return parts;
};

/** RFC 5652 ContentInfo and SignedData, with nothing optional but the certificates (RC1). */
const readSignedData = (receipt: Uint8Array) => {
  const [type, wrapper] = partsOfExactly(2, readBer(receipt), universal.sequence);
  needFixed(type, fixed.signedData);
  const [signedData] = partsOfExactly(1, wrapper, context0);
  const [version, digests, encapsulated, set, signers] = partsOfExactly(5, signedData, universal.sequence);
  needFixed(version, fixed.version1);
  needFixed(digests, fixed.setOfSha256);
  const [contentType, content] = partsOfExactly(2, encapsulated, universal.sequence);
  needFixed(contentType, fixed.data);
  const [octets] = partsOfExactly(1, content, context0);
  const certificates = partsOf(set, context0);
  need(certificates.length === 2 || certificates.length === 3, 'receipt-certificates');
  const [signer, ...others] = partsOf(signers, universal.set);
  need(signer && others.length === 0, 'receipt-signers');
  return {
    content: octetsOf(octets),
    certificates: certificates.map(({ raw }) => readCertificate(raw)),
    signer: readDer(signer.raw),
  };
};

type SignedData = ReturnType<typeof readSignedData>;

/** SignerInfo without signed or unsigned attributes (RC2): who signed, and the signature. */
const readSigner = ({ signer }: SignedData) => {
  const [version, identifier, digest, algorithm, signature, ...more] = membersOf(signer);
  needFixed(version, fixed.version1);
  needFixed(digest, fixed.sha256);
  needFixed(algorithm, fixed.ecdsaWithSha256);
  need(more.length === 0, 'receipt-malformed');
  const [issuer, serial, ...others] = membersOf(identifier);
  need(issuer && serial && others.length === 0, 'receipt-malformed');
  const issuerAndSerial = Buffer.concat([serial.raw, issuer.raw]);
  return { issuerAndSerial, signature: contentOf(signature, universal.octetString) };
};

const issuerAndSerialOf = ({ der }: Certificate): Buffer => {
  const [tbs] = membersOf(readDer(der));
  const [, serial, , issuer] = membersOf(tbs);
  return serial && issuer ? Buffer.concat([serial.raw, issuer.raw]) : refuse('certificate-malformed');
};

/** RC3. No certificate may stand in the set that the chain does not need. */
const signerKey = (
  certificates: readonly Certificate[],
  issuerAndSerial: Buffer,
  roots: readonly Certificate[],
  now: number,
): KeyObject => {
  const signer = certificates.find((each) => issuerAndSerialOf(each).equals(issuerAndSerial));
  need(signer, 'receipt-signers');
  const intermediate = certificates.find((each) => each !== signer && each.subject.equals(signer.issuer));
  need(intermediate, 'chain-name');
  const root = needAppleChain(signer, intermediate, roots, now);
  const others = certificates.filter((each) => each !== signer && each !== intermediate);
  need(
    others.every(({ der }) => der.equals(root.der)),
    'receipt-certificates',
  );
  need(signer.extensions.has(markerExtension), 'receipt-marker');
  const key = publicKeyOf(signer);
  need(key.asymmetricKeyType === 'ec', 'key-type');
  return key;
};

const isSigned = (content: Buffer, key: KeyObject, signature: Buffer): boolean => {
  try {
    return verify('sha256', content, key, signature);
  } catch {
    return false;
  }
};

/** RC4: SET { SEQUENCE { number, version, OCTET STRING } ... }. Fields that we do not know are Apple's to add. */
const readFields = (content: Buffer): ReadonlyMap<number, Buffer> => {
  const values = new Map<number, Buffer>();
  for (const attribute of membersOf(readDer(content), universal.set)) {
    const [number, version, value, ...more] = membersOf(attribute);
    numberOf(version);
    const key = numberOf(number);
    need(more.length === 0 && !values.has(key), 'receipt-field');
    values.set(key, contentOf(value, universal.octetString));
  }
  return values;
};

const timeOf = (value: string): number => {
  need(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value), 'receipt-field');
  const at = Date.parse(value);
  need(Number.isFinite(at), 'receipt-field');
  return at;
};

const metricOf = (value: string): number => {
  need(/^\d{1,9}$/.test(value), 'receipt-field');
  return Number(value);
};

const readReceipt = (content: Buffer): Receipt & { certificate: Buffer; clientHash: Buffer } => {
  const values = readFields(content);
  const bytes = (field: keyof typeof fields) => {
    const value = values.get(fields[field]);
    need(value && value.length > 0, 'receipt-field');
    return value;
  };
  const text = (field: keyof typeof fields) => bytes(field).toString('utf8');
  const type = text('type');
  need(type === 'ATTEST' || type === 'RECEIPT', 'receipt-type');
  bytes('token');
  return {
    appId: text('appId'),
    type,
    environment: text('environment'),
    createdAt: timeOf(text('createdAt')),
    expiresAt: timeOf(text('expiresAt')),
    certificate: bytes('certificate'),
    clientHash: bytes('clientHash'),
    // Asked for only to learn the metric: one without it says nothing.
    ...(type === 'RECEIPT' && {
      riskMetric: metricOf(text('riskMetric')),
      notBefore: timeOf(text('notBefore')),
    }),
  };
};

/** RC4, RC5: the receipt is about this key. */
const needAttested = (certificate: Buffer, input: ReceiptInput): void => {
  const { attestedLeaf, attestedLeafSha256, attestedPoint } = input;
  need(!attestedLeaf || certificate.equals(attestedLeaf), 'receipt-key');
  need(
    attestedLeafSha256 === undefined || sha256(certificate).toString('hex') === attestedLeafSha256,
    'receipt-key',
  );
  need(!attestedPoint || p256PointOf(readCertificate(certificate)).equals(attestedPoint), 'receipt-key');
};

/** RC1 to RC5, as far as they are about bytes. `roots`: Apple Root CA - G3. `now` in milliseconds since the epoch. */
export const verifyReceipt = (
  input: ReceiptInput,
  roots: readonly Certificate[],
  now: number,
): Verdict<Receipt, ReceiptRefusal> =>
  verdictOf(() => {
    need(input.receipt.length <= longest, 'too-large');
    const signedData = readSignedData(input.receipt);
    const { issuerAndSerial, signature } = readSigner(signedData);
    const key = signerKey(signedData.certificates, issuerAndSerial, roots, now);
    need(isSigned(signedData.content, key, signature), 'receipt-signature');
    const { certificate, clientHash, ...receipt } = readReceipt(signedData.content);
    need(input.appIds.includes(receipt.appId), 'receipt-app-id');
    needAttested(certificate, input);
    // Later receipts hold a copy that was damaged on its way through UTF-8.
    const { clientDataHash } = input;
    need(!clientDataHash || clientHash.equals(clientDataHash), 'receipt-client-hash');
    need(!input.expectType || receipt.type === input.expectType, 'receipt-type');
    const { environment } = input;
    need(!environment || receipt.environment === environments[environment], 'receipt-environment');
    need(receipt.createdAt <= now + clockTolerance, 'receipt-not-yet-created');
    need(receipt.createdAt < receipt.expiresAt && now < receipt.expiresAt, 'receipt-expired');
    return receipt;
  });
