import type { Chance } from '#test/faults/chance.ts';

/** Beyond every cap, so that caps are tried too. */
export const longest = 40_000;

const interesting = [0, 1, 0x1f, 0x20, 0x7f, 0x80, 0x81, 0x84, 0x9f, 0xa0, 0xbf, 0xff];

export const someBytes = (chance: Chance, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => chance.below(256)));

const aByte = (chance: Chance): number =>
  chance.happens(0.5) ? chance.pick(interesting) : chance.below(256);

const splice = (bytes: Buffer, from: number, to: number, ...between: Buffer[]): Buffer =>
  Buffer.concat([bytes.subarray(0, from), ...between, bytes.subarray(to)]);

type Change = (bytes: Buffer, chance: Chance, donor: Buffer) => Buffer;

const changes: Change[] = [
  function flipBit(bytes, chance) {
    const changed = Buffer.from(bytes);
    const at = chance.below(bytes.length);
    changed[at] = (changed[at] as number) ^ (1 << chance.below(8));
    return changed;
  },
  function setByte(bytes, chance) {
    const changed = Buffer.from(bytes);
    changed[chance.below(bytes.length)] = aByte(chance);
    return changed;
  },
  function addToByte(bytes, chance) {
    const changed = Buffer.from(bytes);
    const at = chance.below(bytes.length);
    changed[at] = ((changed[at] as number) + chance.pick([1, -1, 2, -2, 16, -16])) & 0xff;
    return changed;
  },
  function drop(bytes, chance) {
    const at = chance.below(bytes.length);
    return splice(bytes, at, at + 1 + chance.below(chance.pick([1, 4, 64, bytes.length])));
  },
  function insert(bytes, chance) {
    const at = chance.below(bytes.length + 1);
    const length = 1 + chance.below(chance.pick([1, 4, 64]));
    return splice(bytes, at, at, Buffer.from(Array.from({ length }, () => aByte(chance))));
  },
  function repeat(bytes, chance) {
    const at = chance.below(bytes.length);
    const piece = bytes.subarray(at, at + 1 + chance.below(chance.pick([1, 8, 128])));
    const most = Math.max(1, Math.floor((longest - bytes.length) / piece.length));
    const times = 1 + chance.below(Math.min(most, chance.pick([2, 8, 2_000])));
    return splice(bytes, at, at, ...Array.from({ length: times }, () => piece));
  },
  function spliceTwo(bytes, chance, donor) {
    return splice(
      bytes,
      chance.below(bytes.length + 1),
      bytes.length,
      donor.subarray(chance.below(donor.length + 1)),
    );
  },
  function overwrite(bytes, chance, donor) {
    const from = chance.below(donor.length + 1);
    const piece = donor.subarray(from, from + 1 + chance.below(32));
    const at = chance.below(bytes.length);
    return splice(bytes, at, at + piece.length, piece);
  },
  function cut(bytes, chance) {
    return bytes.subarray(0, chance.below(bytes.length));
  },
];

export const mutateBytes: Change = (bytes, chance, donor) =>
  bytes.length === 0
    ? someBytes(chance, 1 + chance.below(40))
    : chance.pick(changes)(bytes, chance, donor).subarray(0, longest);
