/**
 * A writer of DER (ITU-T X.690) that writes what it is told, also what no phone would: a test of a strict reader
 * needs wrong bytes.
 */
type Part = Uint8Array;

const lengthOf = (length: number): number[] => {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
};

const septets = (value: number): number[] => {
  const bytes = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest & 0x7f));
  }
  return bytes;
};

/** An element under an identifier of one byte. */
export const tlv = (identifier: number, ...parts: readonly Part[]): Buffer => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([identifier, ...lengthOf(length)]), ...parts]);
};

/** [tag] EXPLICIT. From 31 on the number follows in bytes of its own: Android's 704, Apple's 1204. */
export const tagged = (tag: number, ...parts: readonly Part[]): Buffer => {
  if (tag < 31) return tlv(0xa0 | tag, ...parts);
  return Buffer.concat([Buffer.from([0xbf, ...septets(tag)]), tlv(0, ...parts).subarray(1)]);
};

export const sequence = (...parts: readonly Part[]) => tlv(0x30, ...parts);
/** In the order given: DER sorts by value, which the structures of phones need for one element only. */
export const set = (...parts: readonly Part[]) => tlv(0x31, ...parts);
export const octets = (value: Part) => tlv(0x04, value);
export const utf8 = (text: string) => tlv(0x0c, Buffer.from(text));
export const printable = (text: string) => tlv(0x13, Buffer.from(text, 'latin1'));
export const nothing = () => tlv(0x05);
export const bits = (value: Part, unused = 0) => tlv(0x03, Buffer.from([unused]), value);
/** `truth` is a byte where only 00 and ff are DER. */
export const boolean = (truth: boolean | number) =>
  tlv(0x01, Buffer.from([typeof truth === 'number' ? truth : truth ? 0xff : 0]));

/** Not negative: a number, or bytes that become one; a high first bit gets its leading 00. */
export const integer = (value: number | Part, identifier = 0x02): Buffer => {
  const hex = typeof value === 'number' ? value.toString(16) : Buffer.from(value).toString('hex');
  const digits = hex.replace(/^0+(?=.)/, '');
  const bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
  return tlv(identifier, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
};
export const enumerated = (value: number) => integer(value, 0x0a);

export const oid = (dotted: string): Buffer => {
  const [top = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(0x06, Buffer.from([40 * top + second, ...rest].flatMap(septets)));
};

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
export const time = (at: number): Buffer => {
  const text = `${new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return text < '2050' ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text));
};

/** BER's form without a length, ended by two zero bytes: Apple's receipts. */
export const indefinite = (identifier: number, ...parts: readonly Part[]): Buffer =>
  Buffer.concat([Buffer.of(identifier, 0x80), ...parts, Buffer.of(0, 0)]);
