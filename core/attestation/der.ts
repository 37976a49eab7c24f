import { need } from './verdict.ts';

/** One element of DER (ITU-T X.690): what stands in it is read only when asked for. */
export interface DerElement {
  /** Class, form and number as written: `0x30` is SEQUENCE, `0xa1` is [1] constructed. High tags: see `tag`. */
  identifier: number;
  /** Tag number, also when it takes several bytes ([704] of Android's authorization lists). */
  tag: number;
  content: Buffer;
  /** Header and content. */
  raw: Buffer;
}

export const universal = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag numbers beyond this are nobody's; three bytes hold it. */
const highestTag = 1 << 20;

const readTag = (bytes: Buffer, start: number): { tag: number; next: number } => {
  const first = bytes[start] ?? 0;
  if ((first & 0x1f) !== 0x1f) return { tag: first & 0x1f, next: start + 1 };
  let tag = 0;
  let next = start + 1;
  for (;;) {
    const byte = bytes[next];
    // X.690 8.1.2.4.2: no leading zero septet, and low numbers are not written long.
    need(byte !== undefined && !(tag === 0 && byte === 0x80), 'der-malformed');
    tag = tag * 128 + (byte & 0x7f);
    need(tag < highestTag, 'der-malformed');
    next += 1;
    if (byte < 0x80) break;
  }
  need(tag >= 0x1f, 'der-malformed');
  return { tag, next };
};

const readLength = (bytes: Buffer, start: number): { length: number; next: number } => {
  const first = bytes[start];
  need(first !== undefined && first !== 0x80, 'der-malformed');
  if (first < 0x80) return { length: first, next: start + 1 };
  const count = first & 0x7f;
  need(count <= 3, 'der-malformed');
  let length = 0;
  for (let index = 1; index <= count; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
  // X.690 10.1: the shortest form only.
  need(length >= (count === 1 ? 0x80 : 2 ** (8 * (count - 1))), 'der-malformed');
  return { length, next: start + 1 + count };
};

/** The element at a position. */
export const readDerAt = (bytes: Buffer, start: number): DerElement => {
  need(start < bytes.length, 'der-malformed');
  const { tag, next: lengthStart } = readTag(bytes, start);
  const { length, next } = readLength(bytes, lengthStart);
  need(length <= bytes.length - next, 'der-malformed');
  return {
    identifier: bytes[start] as number,
    tag,
    content: bytes.subarray(next, next + length),
    raw: bytes.subarray(start, next + length),
  };
};

/** The one element that the input consists of. Refuses with `der-malformed`, as everything here. */
export const readDer = (bytes: Uint8Array): DerElement => {
  const element = readDerAt(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  need(element.raw.length === bytes.length, 'der-malformed');
  return element;
};

/** The elements in a constructed one. */
export const childrenOf = ({ identifier, content }: DerElement): DerElement[] => {
  need(identifier & 0x20, 'der-malformed');
  const children: DerElement[] = [];
  for (let position = 0; position < content.length; ) {
    const child = readDerAt(content, position);
    children.push(child);
    position += child.raw.length;
  }
  return children;
};

/** The content of an element that must have this identifier. */
export const contentOf = (element: DerElement | undefined, identifier: number): Buffer => {
  need(element?.identifier === identifier, 'der-malformed');
  return element.content;
};

/** The elements of a SEQUENCE or SET that must be one. */
export const membersOf = (
  element: DerElement | undefined,
  identifier: number = universal.sequence,
): DerElement[] => {
  need(element?.identifier === identifier, 'der-malformed');
  return childrenOf(element);
};

/** An INTEGER or ENUMERATED that is not negative and fits a JavaScript number. */
export const numberOf = (element: DerElement | undefined, identifier: number = universal.integer): number => {
  const bytes = integerBytesOf(element, identifier);
  const value = Number(`0x${bytes.toString('hex')}`);
  need((bytes[0] as number) < 0x80 && value <= Number.MAX_SAFE_INTEGER, 'der-malformed');
  return value;
};

/** The bytes of an INTEGER in their shortest form (X.690 8.3.2). */
export const integerBytesOf = (
  element: DerElement | undefined,
  identifier: number = universal.integer,
): Buffer => {
  const bytes = contentOf(element, identifier);
  const [first, second = 0] = bytes;
  need(first !== undefined, 'der-malformed');
  need(
    bytes.length === 1 || !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)),
    'der-malformed',
  );
  return bytes;
};

/** A BOOLEAN: X.690 11.1 knows 00 and ff only. */
export const booleanOf = (element: DerElement | undefined): boolean => {
  const content = contentOf(element, universal.boolean);
  need(content.length === 1 && (content[0] === 0 || content[0] === 0xff), 'der-malformed');
  return content[0] === 0xff;
};

/** An OBJECT IDENTIFIER in dotted form. */
export const oidOf = (element: DerElement | undefined): string => {
  const content = contentOf(element, universal.oid);
  const arcs: number[] = [];
  let arc = 0;
  let started = false;
  for (const byte of content) {
    need(started || byte !== 0x80, 'der-malformed');
    started = true;
    arc = arc * 128 + (byte & 0x7f);
    need(arc <= Number.MAX_SAFE_INTEGER, 'der-malformed');
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
    started = false;
  }
  need(arcs.length > 0 && !started, 'der-malformed');
  const [head = 0, ...rest] = arcs;
  const top = Math.min(Math.floor(head / 40), 2);
  return [top, head - 40 * top, ...rest].join('.');
};
