import type { Chance } from '#test/faults/chance.ts';
import { longest, mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { mutateParts } from './mutate-text.ts';
import { type MutateAny, mutateTree } from './mutate-tree.ts';
import type { Input } from './target.ts';

const isJson = (bytes: Buffer) => bytes[0] === 0x7b || bytes[0] === 0x5b;
const isToken = (bytes: Buffer) => bytes.length > 8 && /^[\w~-]+[.~][\w.~-]*$/.test(bytes.toString('latin1'));
const isBase64 = (bytes: Buffer) => bytes.length > 40 && /^[\w+/-]+={0,2}$/.test(bytes.toString('latin1'));

/** Changes bytes once, mostly within the structure that they are. */
const once: MutateAny = (bytes, chance, donor) => {
  if (chance.happens(0.2)) return mutateBytes(bytes, chance, donor);
  if (isJson(bytes)) return mutateJson(bytes, chance, donor, once) ?? mutateBytes(bytes, chance, donor);
  if (isToken(bytes)) return mutateParts(bytes, chance, donor, once);
  if (isBase64(bytes)) {
    const inner = Buffer.from(bytes.toString('latin1'), 'base64url');
    const text = once(inner, chance, donor).toString(chance.happens(0.9) ? 'base64url' : 'base64');
    return Buffer.from(text);
  }
  return mutateTree(bytes, chance, donor, once) ?? mutateBytes(bytes, chance, donor);
};

const mutateList = (input: Input, chance: Chance, donor: Input): Input => {
  const at = chance.below(input.length);
  const strange = chance.pick(donor);
  return chance.pick<() => Input>([
    () => input.toSpliced(at, 1),
    () => input.toSpliced(at, 0, input[at] as Buffer),
    () => input.toSpliced(at, 0, strange),
    () => input.with(at, strange),
    () => input.with(at, input[chance.below(input.length)] as Buffer),
    () => input.toReversed(),
    () => [...input, ...donor],
  ])();
};

/** One to four changes of an input, now and then of its list of parts. */
export const mutate = (input: Input, chance: Chance, donor: Input, isList: boolean): Input => {
  let changed = input;
  for (let left = chance.pick([1, 1, 1, 2, 4]); left > 0; left -= 1) {
    if (changed.length === 0) return changed;
    if (isList && chance.happens(0.15)) changed = mutateList(changed, chance, donor);
    else {
      const at = chance.below(changed.length);
      const other = donor.length ? chance.pick(donor) : Buffer.alloc(1);
      const part = once(changed[at] as Buffer, chance, other);
      changed = changed.with(at, part.subarray(0, longest));
    }
  }
  return changed;
};
