/** What attestations use of CBOR (RFC 8949). A list of pairs is written as a map, in its order and with its duplicates. */
export type CborInput =
  | number
  | boolean
  | string
  | Uint8Array
  | readonly CborInput[]
  | ReadonlyMap<string | number, CborInput>
  | CborPairs;
interface CborPairs {
  pairs: readonly (readonly [string | number, CborInput])[];
}

const head = (major: number, value: number): Buffer => {
  if (value < 24) return Buffer.of((major << 5) | value);
  if (value < 0x1_00) return Buffer.of((major << 5) | 24, value);
  if (value < 0x1_0000) return Buffer.of((major << 5) | 25, value >> 8, value & 0xff);
  const bytes = Buffer.alloc(5);
  bytes[0] = (major << 5) | 26;
  bytes.writeUInt32BE(value, 1);
  return bytes;
};

const isList = (value: CborInput): value is readonly CborInput[] => Array.isArray(value);

export const writeCbor = (value: CborInput): Buffer => {
  if (typeof value === 'boolean') return Buffer.of(value ? 0xf5 : 0xf4);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([head(3, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (isList(value)) return Buffer.concat([head(4, value.length), ...value.map(writeCbor)]);
  const pairs = value instanceof Map ? [...value] : (value as CborPairs).pairs;
  return Buffer.concat([head(5, pairs.length), ...pairs.flat().map((part) => writeCbor(part as CborInput))]);
};
