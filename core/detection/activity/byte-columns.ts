/** Writes numbers and columns of numbers as bytes that compress well. */
export interface ByteWriter {
  /** A whole number from 0 on. */
  number(value: number): void;
  bytes(bytes: Uint8Array): void;
  column(values: Float64Array): void;
  done(): Uint8Array;
}

export interface ByteReader {
  number(): number;
  bytes(length: number): Uint8Array;
  column(length: number): Float64Array;
}

/** How a column is written: one value for all, differences of whole numbers, doubles; or which are there, and those. */
const kinds = { same: 0, differences: 1, doubles: 2, some: 3 } as const;

/** Differences stay exact with their sign folded in: twice twice this is 2^53. */
const largestWhole = 2 ** 51;

const isSame = (values: Float64Array): boolean => {
  for (let index = 1; index < values.length; index += 1)
    if (!Object.is(values[index], values[0])) return false;
  return true;
};

const hasAbsent = (values: Float64Array): boolean => {
  for (let index = 0; index < values.length; index += 1)
    if (Number.isNaN(values[index] as number)) return true;
  return false;
};

const isWhole = (values: Float64Array): boolean => {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (!Number.isInteger(value) || Math.abs(value) >= largestWhole || Object.is(value, -0)) return false;
  }
  return true;
};

export const byteWriter = (): ByteWriter => {
  let buffer = new Uint8Array(16_384);
  let length = 0;
  const reserve = (more: number): void => {
    if (length + more <= buffer.length) return;
    const larger = new Uint8Array((length + more) * 2);
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  };
  const bytes = (added: Uint8Array): void => {
    reserve(added.length);
    buffer.set(added, length);
    length += added.length;
  };
  /** In groups of 7 bits, the lowest first: at most 8 bytes. */
  const number = (value: number): void => {
    reserve(8);
    let rest = value;
    while (rest >= 128) {
      buffer[length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  };
  const doubles = (values: Float64Array): void => {
    const cells = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    reserve(cells.length);
    // Byte by byte of all cells: exponents lie beside exponents, which is what compresses.
    for (let byte = 0; byte < 8; byte += 1)
      for (let cell = byte; cell < cells.length; cell += 8) buffer[length++] = cells[cell] as number;
  };
  const differences = (values: Float64Array): void => {
    let before = 0;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] as number;
      const difference = value - before;
      number(difference < 0 ? -2 * difference - 1 : 2 * difference);
      before = value;
    }
  };
  /** Which cells are there, and those. */
  const some = (values: Float64Array): void => {
    const isPresent = new Uint8Array(values.length);
    const present = new Float64Array(values.length);
    let count = 0;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] as number;
      if (Number.isNaN(value)) continue;
      isPresent[index] = 1;
      present[count] = value;
      count += 1;
    }
    number(count);
    bytes(isPresent);
    column(present.subarray(0, count));
  };
  const column = (values: Float64Array): void => {
    if (values.length === 0) return;
    if (isSame(values)) {
      number(kinds.same);
      doubles(values.subarray(0, 1));
    } else if (hasAbsent(values)) {
      number(kinds.some);
      some(values);
    } else if (isWhole(values)) {
      number(kinds.differences);
      differences(values);
    } else {
      number(kinds.doubles);
      doubles(values);
    }
  };
  return { number, bytes, column, done: () => buffer.subarray(0, length) };
};

export const byteReader = (buffer: Uint8Array): ByteReader => {
  let position = 0;
  const bytes = (length: number): Uint8Array => {
    if (position + length > buffer.length) throw new RangeError('bytes end too early');
    position += length;
    // A copy, also of a Buffer, whose own slice is a view.
    return new Uint8Array(buffer.subarray(position - length, position));
  };
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[position++];
      if (byte === undefined) throw new RangeError('bytes end too early');
      if (byte < 128) return value + byte * factor;
      value += (byte - 128) * factor;
    }
  };
  const doubles = (length: number): Float64Array => {
    const planes = bytes(length * 8);
    const cells = new Uint8Array(length * 8);
    for (let byte = 0, from = 0; byte < 8; byte += 1)
      for (let cell = byte; cell < cells.length; cell += 8) cells[cell] = planes[from++] as number;
    return new Float64Array(cells.buffer);
  };
  const differences = (length: number): Float64Array => {
    const values = new Float64Array(length);
    let value = 0;
    for (let index = 0; index < length; index += 1) {
      const folded = number();
      value += folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
      values[index] = value;
    }
    return values;
  };
  const some = (length: number): Float64Array => {
    const count = number();
    const isPresent = bytes(length);
    const present = column(count);
    const values = new Float64Array(length).fill(Number.NaN);
    let next = 0;
    for (let index = 0; index < length; index += 1)
      if (isPresent[index] === 1) values[index] = present[next++] as number;
    return values;
  };
  const column = (length: number): Float64Array => {
    if (length === 0) return new Float64Array(0);
    const kind = number();
    if (kind === kinds.same) return new Float64Array(length).fill(doubles(1)[0] as number);
    if (kind === kinds.some) return some(length);
    return kind === kinds.differences ? differences(length) : doubles(length);
  };
  return { number, bytes, column };
};
