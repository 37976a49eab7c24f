/** A structure as a tree that can be changed and written again with right lengths, or with wrong ones on purpose. */
export interface Node {
  format: 'der' | 'cbor' | 'raw';
  /** Identifier octets of DER; initial byte without its argument of CBOR. */
  lead: Buffer;
  /** Instead of what the writer would put before the body. */
  header?: Buffer;
  indefinite?: boolean;
  /** CBOR: an integer's value. */
  argument?: number;
  /** Before the kids: unused bits of a BIT STRING. */
  prefix?: Buffer;
  kids?: Node[];
  bytes: Buffer;
}

const deepest = 24;
const empty = Buffer.alloc(0);

const derLength = (length: number): Buffer => {
  if (length < 0x80) return Buffer.of(length);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
};

const cborHead = (major: number, value: number): Buffer => {
  if (value < 24) return Buffer.of(major | value);
  const size = value < 0x100 ? 1 : value < 0x1_0000 ? 2 : 4;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = major | (23 + Math.log2(size) + 1);
  bytes.writeUIntBE(value, 1, size);
  return bytes;
};

const cborHeader = ({ argument, kids, lead }: Node, length: number): Buffer => {
  const major = lead[0] as number;
  if (argument !== undefined) return cborHead(major, argument);
  if (major === 0x80) return cborHead(major, kids?.length ?? 0);
  if (major === 0xa0) return cborHead(major, Math.floor((kids?.length ?? 0) / 2));
  return cborHead(major, length);
};

const headerOf = (node: Node, length: number): Buffer => {
  if (node.header) return node.header;
  if (node.format === 'raw') return empty;
  if (node.format === 'cbor') return cborHeader(node, length);
  return Buffer.concat([node.lead, node.indefinite ? Buffer.of(0x80) : derLength(length)]);
};

/** Adds the pieces of a node, the header when the length of what follows is known. */
const emit = (node: Node, pieces: Buffer[]): number => {
  const at = pieces.push(empty) - 1;
  const body = node.kids ? (node.prefix ?? empty) : node.bytes;
  pieces.push(body);
  let length = body.length;
  for (const kid of node.kids ?? []) length += emit(kid, pieces);
  const header = headerOf(node, length);
  pieces[at] = header;
  if (!node.indefinite || node.header || node.format !== 'der') return header.length + length;
  pieces.push(Buffer.of(0, 0));
  return header.length + length + 2;
};

export const write = (node: Node): Buffer => {
  const pieces: Buffer[] = [];
  emit(node, pieces);
  return Buffer.concat(pieces);
};

type Found = { node: Node; end: number } | undefined;

const raw = (bytes: Buffer): Node => ({ format: 'raw', lead: empty, bytes });

const endOfLead = (bytes: Buffer, at: number): number => {
  let next = at + 1;
  if (((bytes[at] as number) & 0x1f) !== 0x1f) return next;
  while ((bytes[next] ?? 0) >= 0x80) next += 1;
  return next + 1;
};

const derAt = (bytes: Buffer, at: number, depth: number): Found => {
  if (at + 1 >= bytes.length || depth > deepest) return undefined;
  const lead = bytes.subarray(at, endOfLead(bytes, at));
  let next = at + lead.length;
  const first = bytes[next];
  if (first === undefined) return undefined;
  next += 1;
  const isConstructed = ((lead[0] as number) & 0x20) !== 0;
  if (first === 0x80) return isConstructed ? indefiniteAt(bytes, next, lead, depth) : undefined;
  let length = first;
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4 || next + count > bytes.length) return undefined;
    length = bytes.readUIntBE(next, count);
    next += count;
  }
  const end = next + length;
  if (end > bytes.length) return undefined;
  const body = bytes.subarray(next, end);
  const node: Node = { format: 'der', lead, bytes: body };
  if (isConstructed) {
    const kids = derList(body, depth + 1);
    if (kids) node.kids = kids;
  } else Object.assign(node, nestedIn(lead[0] as number, body, depth));
  return { node, end };
};

const indefiniteAt = (bytes: Buffer, start: number, lead: Buffer, depth: number): Found => {
  const kids: Node[] = [];
  let at = start;
  while (bytes[at] !== 0 || bytes[at + 1] !== 0) {
    const found = derAt(bytes, at, depth + 1);
    if (!found) return undefined;
    kids.push(found.node);
    at = found.end;
  }
  return { node: { format: 'der', lead, indefinite: true, kids, bytes: empty }, end: at + 2 };
};

const derList = (bytes: Buffer, depth: number): Node[] | undefined => {
  const list: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = derAt(bytes, at, depth);
    if (!found) return undefined;
    list.push(found.node);
    at = found.end;
  }
  return list;
};

/** What OCTET STRINGs and BIT STRINGs hold is often a structure of its own. */
const nestedIn = (identifier: number, body: Buffer, depth: number): Partial<Node> => {
  if (identifier === 0x04) {
    const inner = treeOf(body, depth + 1);
    return inner ? { kids: [inner] } : {};
  }
  if (identifier !== 0x03 || body[0] !== 0) return {};
  const inner = treeOf(body.subarray(1), depth + 1);
  return inner ? { prefix: body.subarray(0, 1), kids: [inner] } : {};
};

const cborAt = (bytes: Buffer, at: number, depth: number): Found => {
  const initial = bytes[at];
  if (initial === undefined || depth > deepest) return undefined;
  const info = initial & 0x1f;
  const size = info < 24 ? 0 : info <= 26 ? 1 << (info - 24) : -1;
  if (size < 0 || at + 1 + size > bytes.length) return undefined;
  const argument = size === 0 ? info : bytes.readUIntBE(at + 1, size);
  const start = at + 1 + size;
  const major = initial & 0xe0;
  const node: Node = { format: 'cbor', lead: Buffer.of(major), bytes: empty };
  if (major <= 0x20) return { node: { ...node, argument }, end: start };
  if (major <= 0x60) {
    if (start + argument > bytes.length) return undefined;
    const body = bytes.subarray(start, start + argument);
    const kids = major === 0x40 ? partsOfBytes(body, depth) : undefined;
    return { node: { ...node, bytes: body, ...(kids && { kids }) }, end: start + argument };
  }
  if (major > 0xa0) return undefined;
  const kids: Node[] = [];
  let next = start;
  for (let left = major === 0xa0 ? 2 * argument : argument; left > 0; left -= 1) {
    const found = cborAt(bytes, next, depth + 1);
    if (!found) return undefined;
    kids.push(found.node);
    next = found.end;
  }
  return { node: { ...node, kids }, end: next };
};

const cborList = (bytes: Buffer, depth: number): Node[] | undefined => {
  const list: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = cborAt(bytes, at, depth);
    if (!found) return undefined;
    list.push(found.node);
    at = found.end;
  }
  return list.length > 0 ? list : undefined;
};

/** Where CBOR begins in authenticator data: of an assertion, and of an attestation with a 32-byte credential id. */
const headLengths = [37, 87];

const partsOfBytes = (body: Buffer, depth: number): Node[] | undefined => {
  const whole = treeOf(body, depth + 1);
  return whole ? [whole] : authenticatorParts(body, depth);
};

const authenticatorParts = (body: Buffer, depth: number): Node[] | undefined => {
  for (const length of headLengths) {
    if (body.length <= length || (body[length] as number) >> 5 !== 5) continue;
    const rest = cborList(body.subarray(length), depth + 1);
    if (rest) return [raw(body.subarray(0, length)), ...rest];
  }
  return undefined;
};

/** The structure that these bytes are all of, if they are one. */
export const treeOf = (bytes: Buffer, depth = 0): Node | undefined => {
  const first = bytes[0] ?? 0;
  if (bytes.length < 2) return undefined;
  if (first >> 5 === 4 || first >> 5 === 5) {
    const found = cborAt(bytes, 0, depth);
    if (found?.end === bytes.length && (bytes.length > 4 || depth === 0)) return found.node;
  }
  const isLikely = depth === 0 || first === 0x30 || first === 0x31 || first === 0x04;
  const found = isLikely ? derAt(bytes, 0, depth) : undefined;
  if (found?.end === bytes.length) return found.node;
  const kids = depth === 0 ? authenticatorParts(bytes, depth) : undefined;
  return kids && { ...raw(empty), kids };
};

/** Every node with its parent. */
export const nodesOf = (root: Node): { node: Node; parent?: Node; index: number }[] => {
  const all: { node: Node; parent?: Node; index: number }[] = [{ node: root, index: 0 }];
  for (const { node } of all)
    for (const [index, kid] of (node.kids ?? []).entries()) all.push({ node: kid, parent: node, index });
  return all;
};
