import { type DerElement, readDerAt, universal } from './der.ts';
import { need } from './verdict.ts';

/** One element of BER; `parts` of an indefinite length are read at once, because only they tell where it ends. */
export interface BerElement extends DerElement {
  parts?: readonly BerElement[];
}

/** A receipt nests seven of them. */
const maxDepth = 10;
const constructed = 0x20;
const indefinite = 0x80;

const readAt = (bytes: Buffer, start: number, depth = 0): BerElement => {
  if (bytes[start + 1] !== indefinite) return readDerAt(bytes, start);
  const identifier = bytes[start] as number;
  const tag = identifier & 0x1f;
  need(identifier & constructed && tag !== 0x1f && depth < maxDepth, 'der-malformed');
  const parts: BerElement[] = [];
  let position = start + 2;
  // X.690 8.1.5: two zero octets end it.
  while (bytes[position] !== 0 || bytes[position + 1] !== 0) {
    const part = readAt(bytes, position, depth + 1);
    parts.push(part);
    position += part.raw.length;
  }
  const content = bytes.subarray(start + 2, position);
  return { identifier, tag, content, raw: bytes.subarray(start, position + 2), parts };
};

/**
 * The one element that the input consists of, in DER or in what Apple's receipts use of BER beyond it: indefinite
 * lengths (X.690 8.1.3.6) and strings in chunks (8.7.3). Refuses with `der-malformed`, as everything here.
 */
export const readBer = (bytes: Uint8Array): BerElement => {
  const element = readAt(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  need(element.raw.length === bytes.length, 'der-malformed');
  return element;
};

/** The elements in a constructed one that must have this identifier. */
export const partsOf = (element: BerElement | undefined, identifier: number): readonly BerElement[] => {
  need(element?.identifier === identifier && identifier & constructed, 'der-malformed');
  if (element.parts) return element.parts;
  const parts: BerElement[] = [];
  for (let position = 0; position < element.content.length; ) {
    const part = readAt(element.content, position);
    parts.push(part);
    position += part.raw.length;
  }
  return parts;
};

/** What an OCTET STRING says, in one piece or in chunks of which none is empty. */
export const octetsOf = (element: BerElement | undefined): Buffer => {
  if (element?.identifier === universal.octetString) return element.content;
  const chunks = partsOf(element, universal.octetString | constructed);
  need(
    chunks.every(({ identifier, content }) => identifier === universal.octetString && content.length > 0),
    'der-malformed',
  );
  return Buffer.concat(chunks.map(({ content }) => content));
};
