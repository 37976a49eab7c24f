import { need, refuse } from './verdict.ts';

/** What attestations use of CBOR (RFC 8949): integers, byte and text strings, arrays, maps. */
export type CborValue = number | string | Uint8Array | CborValue[] | CborMap;
export type CborMap = Map<string | number, CborValue>;

/** Deeper than any attestation, shallow enough that no input reaches the end of the stack. */
const maxDepth = 8;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads strictly: definite and shortest lengths (RFC 8949 section 4.2.1), no duplicate keys, no tags, no floats,
 * valid UTF-8, nothing read beyond the input. Refuses with `cbor-malformed`.
 * The readers on npm that we compared take duplicate keys, or lengths that point past the end.
 */
class CborReader {
  readonly #bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  value(depth = 0): CborValue {
    need(depth <= maxDepth, 'cbor-malformed');
    const initial = this.#byte();
    const argument = this.#argument(initial & 0x1f);
    switch (initial >> 5) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.#take(argument);
      case 3:
        return this.#text(argument);
      case 4:
        return this.#array(argument, depth);
      case 5:
        return this.#map(argument, depth);
      default:
        return refuse('cbor-malformed');
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.position];
    need(byte !== undefined, 'cbor-malformed');
    this.position += 1;
    return byte;
  }

  #argument(info: number): number {
    if (info < 24) return info;
    need(info <= 26, 'cbor-malformed');
    const length = 1 << (info - 24);
    let value = 0;
    for (let index = 0; index < length; index += 1) value = value * 256 + this.#byte();
    // Shortest form: what fits in fewer bytes must be written in fewer.
    need(value >= (length === 1 ? 24 : 2 ** (4 * length)), 'cbor-malformed');
    return value;
  }

  #take(length: number): Uint8Array {
    need(length <= this.#bytes.length - this.position, 'cbor-malformed');
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    try {
      return utf8.decode(bytes);
    } catch {
      return refuse('cbor-malformed');
    }
  }

  #array(length: number, depth: number): CborValue[] {
    // Every element takes a byte at least: a length beyond the input is refused before anything is made for it.
    need(length <= this.#bytes.length - this.position, 'cbor-malformed');
    return Array.from({ length }, () => this.value(depth + 1));
  }

  #map(length: number, depth: number): CborMap {
    need(2 * length <= this.#bytes.length - this.position, 'cbor-malformed');
    const map: CborMap = new Map();
    for (let index = 0; index < length; index += 1) {
      const key = this.value(depth + 1);
      need((typeof key === 'string' || typeof key === 'number') && !map.has(key), 'cbor-malformed');
      map.set(key, this.value(depth + 1));
    }
    return map;
  }
}

/** The one value that the input consists of. */
export const readCbor = (bytes: Uint8Array): CborValue => {
  const reader = new CborReader(bytes, 0);
  const value = reader.value();
  need(reader.position === bytes.length, 'cbor-trailing');
  return value;
};

/** The value at a position, and where it ends. */
export const readCborAt = (bytes: Uint8Array, position: number): { value: CborValue; end: number } => {
  const reader = new CborReader(bytes, position);
  return { value: reader.value(), end: reader.position };
};
