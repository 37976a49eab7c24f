/** As much of the protocol buffer encoding as an ONNX file needs: https://protobuf.dev/programming-guides/encoding/ */
export type Message = Uint8Array[];

const utf8 = new TextEncoder();
const [varintType, lengthType, fixed32Type] = [0, 2, 5];

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const tag = (field: number, type: number) => varint((field << 3) | type);
const lengthOf = (message: Message) => message.reduce((total, part) => total + part.length, 0);

export const integer = (field: number, value: number): Message => [tag(field, varintType), varint(value)];
export const integers = (field: number, values: readonly number[]): Message =>
  values.flatMap((value) => integer(field, value));
export const float = (field: number, value: number): Message => [
  tag(field, fixed32Type),
  new Uint8Array(Float32Array.of(value).buffer),
];
export const bytes = (field: number, value: Uint8Array): Message => [
  tag(field, lengthType),
  varint(value.length),
  value,
];
export const text = (field: number, value: string): Message => bytes(field, utf8.encode(value));
/** The parts are not joined before the whole is: weights are copied once. */
export const nested = (field: number, message: Message): Message => [
  tag(field, lengthType),
  varint(lengthOf(message)),
  ...message,
];

export function join(message: Message): Uint8Array {
  const whole = new Uint8Array(lengthOf(message));
  let offset = 0;
  for (const part of message) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
