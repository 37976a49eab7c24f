import { type BerElement, octetsOf, partsOf, readBer } from '#core/attestation/ber.ts';
import { type CborValue, readCbor } from '#core/attestation/cbor.ts';
import { readCertificate } from '#core/attestation/certificate.ts';
import { childrenOf, type DerElement, readDer } from '#core/attestation/der.ts';
import { readApplicationId, readKeyDescription } from '#core/attestation/key-description.ts';
import { readStrictJson } from '#core/attestation/strict-json.ts';
import { writeCbor } from '#phone/cbor.ts';
import { aKeyDescription, writeKeyDescription } from '#phone/key-description.ts';
import { readerOf, type Seed, type Target } from '../target.ts';
import { type Node, write } from '../tree.ts';
import { anAndroid, anIphone, now, sha256 } from './context.ts';
import { genuine } from './genuine.ts';

const challenge = sha256('TEST ONLY challenge');
const made = anIphone().attest({ clientData: challenge });
const asserted = anIphone().assert(challenge);
const chain = anAndroid().attest(challenge);
const description = writeKeyDescription(aKeyDescription(now), challenge);

/** Strict means that there is one way to write what was read. */
const isCanonicalCbor = (bytes: Buffer, value: CborValue) =>
  writeCbor(value).equals(bytes) ? undefined : 'read, yet written otherwise';

const nodeOf = ({ identifier, raw, content }: DerElement, depth = 0): Node => {
  const lead = raw.subarray(0, (identifier & 0x1f) === 0x1f ? endOfTag(raw) : 1);
  const element = { identifier, raw, content } as DerElement;
  return identifier & 0x20 && depth < 20
    ? { format: 'der', lead, kids: childrenOf(element).map((kid) => nodeOf(kid, depth + 1)), bytes: content }
    : { format: 'der', lead, bytes: content };
};
const endOfTag = (raw: Buffer) => raw.findIndex((byte, index) => index > 0 && byte < 0x80) + 1;

const readWhole = (bytes: Buffer) => {
  const element = readDer(bytes);
  return { element, node: nodeOf(element) };
};
const isCanonicalDer = (bytes: Buffer, { node }: { node: Node }) =>
  write(node).equals(bytes) ? undefined : 'read, yet written otherwise';

const walkBer = (element: BerElement, depth = 0): number => {
  if (!(element.identifier & 0x20) || depth > 12) return 1;
  if (element.identifier === 0x24) octetsOf(element);
  return partsOf(element, element.identifier).reduce((sum, part) => sum + walkBer(part, depth + 1), 1);
};

const readers = (
  name: string,
  inputs: readonly (readonly [string, Buffer])[],
  reader: (id: string, input: Buffer) => Seed,
): Target => ({ name, cap: 16_384, seeds: inputs.map(([id, input]) => reader(id, input)) });

const certificates = [made.leaf, ...chain].map((der, index) => [`certificate-${index}`, der] as const);
const cbors: [string, Buffer][] = [
  ['attestation', made.attestation],
  ['assertion', asserted.assertion],
  ['ios-27-map', Buffer.from(made.authData).subarray(87 + 77)],
  ['numbers', writeCbor([0, 23, 24, 255, 256, 65_535, 65_536, -1, -24, -25, -257])],
];

const strictJson = (bytes: Buffer) => {
  const value = readStrictJson(bytes.toString());
  if (value === undefined) return undefined;
  return { value, loose: JSON.parse(bytes.toString()) as unknown };
};

export const readerTargets: Target[] = [
  readers('cbor', [...cbors, ...genuine.cbor], (id, input) => readerOf(id, input, readCbor, isCanonicalCbor)),
  readers('der', [...certificates, ['key-description', description]], (id, input) =>
    readerOf(id, input, readWhole, isCanonicalDer),
  ),
  readers('ber', [['receipt', Buffer.from(made.receipt)], ...genuine.receipts], (id, input) =>
    readerOf(id, input, (bytes) => walkBer(readBer(bytes))),
  ),
  readers('certificate', [...certificates, ...genuine.certificates], (id, input) =>
    readerOf(id, input, readCertificate, (bytes, { der, serial }: { der: Buffer; serial: string }) =>
      der.equals(bytes) && /^(0|[1-9a-f][0-9a-f]*)$/.test(serial) ? undefined : 'bytes or serial are off',
    ),
  ),
  readers('key-description', [['made', description], ...genuine.descriptions], (id, input) =>
    readerOf(id, input, (bytes) => {
      const read = readKeyDescription(bytes);
      return readApplicationId(read.softwareEnforced);
    }),
  ),
  readers(
    'strict-json',
    [
      [
        'object',
        Buffer.from('{"a":{"b":[1,"x",{"c":null}],"d":"\\u0061\\"{:"},"e":[{"f":1},{"f":2}],"g":true}'),
      ],
    ],
    (id, input) => readerOf(id, input, strictJson),
  ),
];
